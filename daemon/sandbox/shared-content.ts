import { createRandom, type Random } from "./random.ts";

/** What both simulated trackers know of the same made-up company: people, releases, and the defects that are already in both. */
export interface SharedPerson {
  readonly login: string;
  readonly name: string;
  /** In the trackers' order; some people have two, some none. */
  readonly emails: readonly string[];
  readonly active: boolean;
}

export interface SharedPeriod {
  readonly name: string;
  /** `YYYY-MM-DD`, both days included. */
  readonly start: string;
  readonly end: string;
}

export interface SharedRelease extends SharedPeriod {
  readonly folder: string;
  readonly cycles: readonly SharedPeriod[];
}

export type SharedSeverity = "1-Low" | "2-Medium" | "3-High" | "4-Very High" | "5-Urgent";

export interface CommonDefect {
  readonly almId: number;
  readonly agmId: number;
  readonly title: string;
  /** HTML without `<html><body>`. */
  readonly description: string;
  readonly severity: SharedSeverity;
  /** One of Quality Center's stock words: New, Open, Fixed, Closed, Reopen, Rejected. */
  readonly status: string;
  readonly reporterEmail: string;
  readonly releaseName: string;
  readonly cycleName: string;
}

/** `login:name`, then `2` for a second address, `0` for none, `-` for an account that is switched off. */
const ROSTER =
  "anna.berg:Anna Berg|bjoern.keller:Björn Keller|carla.rossi:Carla Rossi|david.okafor:David Okafor:2|elif.demir:Elif Demir|" +
  "frank.huber:Frank Huber|grace.chen:Grace Chen|henrik.lund:Henrik Lund:2|ines.marques:Inês Marques|jane.doe:Jane Doe|" +
  "karim.haddad:Karim Haddad|lena.vogt:Lena Vogt|marco.silva:Marco Silva|nadia.petrova:Nadia Petrova|oliver.smith:Oliver Smith|" +
  "petra.novak:Petra Novák|quentin.dubois:Quentin Dubois|rosa.jimenez:Rosa Jiménez|stefan.mueller:Stefan Müller:2|" +
  "tara.singh:Tara Singh|uwe.schroeder:Uwe Schröder|vera.toth:Vera Tóth:0|build.robot:Build Robot:0|william.gray:William Gray:-";

export const people: readonly SharedPerson[] = ROSTER.split("|").map((entry) => {
  const [login = "", name = "", mark = ""] = entry.split(":");
  const first = `${login}@example.com`;
  const emails = mark === "0" ? [] : mark === "2" ? [first, `${login}.home@example.com`] : [first];
  return { login, name, emails, active: mark !== "-" };
});

export const releases: readonly SharedRelease[] = [
  release("Core Banking", "Payments 2025.1", "2025-01-06", "2025-06-27", [
    ["2025.1 Sprint 1", "2025-01-06", "2025-02-28"],
    ["2025.1 Sprint 2", "2025-03-03", "2025-04-25"],
    ["2025.1 Hardening", "2025-04-28", "2025-06-27"],
  ]),
  release("Core Banking", "Payments 2025.2", "2025-07-01", "2025-12-19", [
    ["2025.2 Sprint 1", "2025-07-01", "2025-08-15"],
    ["2025.2 Sprint 2", "2025-08-18", "2025-10-03"],
    ["2025.2 Sprint 3", "2025-10-06", "2025-11-14"],
    ["2025.2 Hardening", "2025-11-17", "2025-12-19"],
  ]),
  release("Mobile", "Mobile Wallet 4", "2026-01-12", "2026-06-30", [
    ["Wallet 4 Sprint 1", "2026-01-12", "2026-02-27"],
    ["Wallet 4 Sprint 2", "2026-03-02", "2026-04-24"],
    ["Wallet 4 Sprint 3", "2026-04-27", "2026-06-30"],
  ]),
  release("Core Banking", "Payments 2026.2", "2026-07-01", "2026-12-18", [
    ["2026.2 Sprint 1", "2026-07-01", "2026-08-14"],
    ["2026.2 Sprint 2", "2026-08-17", "2026-10-02"],
    ["2026.2 Sprint 3", "2026-10-05", "2026-11-13"],
    ["2026.2 Hardening", "2026-11-16", "2026-12-18"],
  ]),
];

function release(
  folder: string,
  name: string,
  start: string,
  end: string,
  cycles: readonly (readonly [string, string, string])[],
): SharedRelease {
  return {
    folder,
    name,
    start,
    end,
    cycles: cycles.map(([cycle, from, to]) => ({ name: cycle, start: from, end: to })),
  };
}

const COMMON_COUNT = 48;

/** The defects that both trackers hold and know each other's ids of: ALM 1…48, Agile Manager 2001…2048. Titles are unique. */
export function commonDefects(seed: number): readonly CommonDefect[] {
  const random = createRandom(seed);
  const reporters = people.filter((person) => person.active && person.emails.length > 0);
  return Array.from({ length: COMMON_COUNT }, (_, index) => {
    const { title, description } = defectText(index, random);
    const target = random.pick(releases);
    return {
      almId: index + 1,
      agmId: 2001 + index,
      title,
      description,
      severity: pickSeverity(random),
      status: pickStatus(random),
      reporterEmail: random.pick(reporters).emails[0] ?? "",
      releaseName: target.name,
      cycleName: random.pick(target.cycles).name,
    };
  });
}

const AREAS = [
  "SEPA credit transfer",
  "Standing order",
  "Card payment",
  "Instant payment",
  "Login page",
  "Statement export",
  "Direct debit mandate",
  "Currency conversion",
  "Push notification",
  "Beneficiary list",
  "Account overview",
  "Refund",
  "Überweisungsvorlage",
  "Fee calculation",
  "Two-factor sign-in",
  "Batch upload",
] as const;

const SYMPTOMS = [
  ["fails with a timeout after 30 seconds", "The spinner stays and no error is shown"],
  ["shows the wrong amount for 1.000,00 €", "The amount is ten times too high"],
  ["accepts an IBAN with a bad check digit", "The form is sent & stored without a warning"],
  ["loses the entered text when going back", "All fields are empty again"],
  ["is booked twice after a double click", "Two bookings with the same reference appear"],
  ["cuts umlauts in the purpose text", '"Grüße aus Köln" becomes "Gr??e aus K?ln"'],
  ["cannot be cancelled before the cut-off time", "The button is grey although it is 14:05"],
  ["shows yesterday's balance", "Only a new sign-in helps"],
  ["crashes on a screen narrower than 320 px", "The page stays white"],
  ["ignores the selected language", "Texts are English for German users"],
  ["writes the full card number to the log", "16 digits are readable in <server.log>"],
  ["sorts dates as text", "31.01.2026 comes after 28.02.2026"],
] as const;

/** Distinct for every index below 192 (16 areas × 12 symptoms); above, a number makes it so. */
export function defectText(index: number, random: Random): { readonly title: string; readonly description: string } {
  const area = AREAS[index % AREAS.length] ?? AREAS[0];
  const turn = Math.floor(index / AREAS.length);
  const [symptom, seen] = SYMPTOMS[(turn + (index % AREAS.length) * 5) % SYMPTOMS.length] ?? SYMPTOMS[0];
  const round = Math.floor(turn / SYMPTOMS.length);
  const title = `${area} ${symptom}${round === 0 ? "" : ` (case ${round + 1})`}`;
  return { title, description: describe(area, seen, random) };
}

function describe(area: string, seen: string, random: Random): string {
  const build = `${random.int(1, 9)}.${random.int(0, 20)}.${random.int(100, 999)}`;
  const paragraphs = [`<p>${escapeHtml(area)}, build ${build}. ${escapeHtml(seen)}.</p>`];
  if (random.next() < 0.6) {
    paragraphs.push(
      `<p><b>Steps</b></p><ol><li>Sign in as a test customer</li><li>Open &quot;${escapeHtml(area)}&quot;</li>` +
        `<li>Enter ${random.int(2, 900)} &euro; and confirm</li></ol>`,
    );
  }
  if (random.next() < 0.4) paragraphs.push("<ul><li>Firefox &amp; Chrome</li><li>iOS: same result</li></ul>");
  if (random.next() < 0.25)
    paragraphs.push("<p>Rückmeldung vom Fachbereich: <i>bitte vor dem Release beheben</i>.</p>");
  return paragraphs.join("");
}

function escapeHtml(text: string): string {
  return text.replace(/&/g, "&amp;").replace(/</g, "&lt;").replace(/>/g, "&gt;").replace(/"/g, "&quot;");
}

export function pickSeverity(random: Random): SharedSeverity {
  return random.pick(["1-Low", "2-Medium", "2-Medium", "2-Medium", "3-High", "3-High", "4-Very High", "5-Urgent"]);
}

export function pickStatus(random: Random): string {
  return random.pick([
    "New",
    "Open",
    "Open",
    "Open",
    "Fixed",
    "Fixed",
    "Closed",
    "Closed",
    "Closed",
    "Reopen",
    "Rejected",
  ]);
}
