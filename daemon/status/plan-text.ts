import { counted, plain } from "./words.ts";

/** As much of a plan as is printed. */
export interface PlanShown {
  readonly link: string;
  readonly partner: string | null;
  readonly acts: readonly {
    readonly kind: string;
    readonly endpoint: string;
    readonly record: string | null;
    readonly fields: readonly {
      readonly field: string;
      readonly value: unknown;
      readonly before: unknown;
      readonly origin: string;
      readonly notes: readonly string[];
    }[];
  }[];
  readonly parts: readonly {
    readonly endpoint: string;
    readonly record: string;
    readonly kind: string;
    readonly action: string;
    readonly name: string;
    readonly before: string | null;
    readonly after: string | null;
  }[];
  readonly messages: readonly string[];
  readonly findings: readonly { readonly kind: string; readonly message: string }[];
  readonly fields: readonly {
    readonly fields: Readonly<Record<string, string>>;
    readonly now: Readonly<Record<string, unknown>>;
    readonly agreed: Readonly<Record<string, unknown>>;
    readonly wanted: Readonly<Record<string, { readonly value: unknown } | { readonly fault: string }>>;
    readonly decision: string;
  }[];
  readonly steps: readonly {
    readonly endpoint: string;
    readonly kind: string;
    readonly logs: readonly string[];
    readonly lookups: readonly { readonly question: string; readonly answer: unknown }[];
    readonly changed: Readonly<Record<string, { readonly from: unknown; readonly to: unknown }>>;
    readonly fieldErrors: Readonly<Record<string, string>>;
    readonly failure: string | null;
  }[];
}

/** What a run would do with one record, for a person; `trace`: with how it comes to it (X27). */
export function formatPlan(name: string, plan: PlanShown, trace: boolean): string {
  const partner = plan.partner === null ? "no partner" : `partner ${plain(plan.partner)}`;
  const head = `${plain(name)} in ${plain(plan.link)} (${partner}): ${verdict(plan)}`;
  const findings = plan.findings.map(({ kind, message }) => `  ${kind}: ${plain(message)}`);
  const messages = plan.messages.map((message) => `  ${plain(message)}`);
  const lines = [
    head,
    ...plan.acts.flatMap(actLines),
    ...plan.parts.map(partLine),
    ...new Set([...messages, ...findings]),
  ];
  if (!trace) lines.push(...plan.steps.flatMap(({ logs }) => logs.map((log) => `  log: ${plain(log)}`)));
  return (trace ? [...lines, ...plan.steps.flatMap(stepLines), ...fieldLines(plan)] : lines).join("\n");
}

function verdict({ acts, parts }: PlanShown): string {
  const carried = [...Map.groupBy(parts, ({ endpoint, record }) => `${endpoint}:${record}`)].map(
    ([record, some]) => `writes ${partNames(some.map(({ kind }) => kind))} of ${plain(record)}`,
  );
  if (acts.length + carried.length === 0) return "a run writes nothing";
  const verbs: Readonly<Record<string, string>> = {
    create: "makes a record in",
    update: "updates",
    pair: "pairs it with",
  };
  const done = acts.map(
    ({ kind, endpoint, record }) => `${verbs[kind] ?? kind} ${endpoint}${record === null ? "" : `:${plain(record)}`}`,
  );
  return `a run ${[...done, ...carried].join(", ")}`;
}

/** `1 attachment, 2 comments`. */
function partNames(kinds: readonly string[]): string {
  return [...Map.groupBy(kinds, (kind) => kind)].map(([kind, all]) => counted(all.length, kind)).join(", ");
}

function partLine({ endpoint, record, kind, action, name, before, after }: PlanShown["parts"][number]): string {
  const head = `  ${endpoint}:${plain(record)}, ${kind} ${plain(name)}`;
  if (action === "remove") return `${head}: removed, it says ${show(before)}`;
  return action === "add" ? `${head}: added, ${show(after)}` : `${head}: ${show(before)} → ${show(after)}`;
}

function actLines({ endpoint, record, fields }: PlanShown["acts"][number]): readonly string[] {
  if (fields.length === 0) return [];
  return [
    `  ${endpoint}${record === null ? ", new" : `:${plain(record)}`}`,
    ...fields.map(({ field, value, before, origin, notes }) => {
      const from = record === null ? "" : `${show(before)} → `;
      return `    ${plain(field)}: ${from}${show(value)}  [${[origin, ...notes].map(plain).join("; ")}]`;
    }),
  ];
}

function stepLines({
  endpoint,
  kind,
  logs,
  lookups,
  changed,
  fieldErrors,
  failure,
}: PlanShown["steps"][number]): readonly string[] {
  return [
    `  rule ${endpoint}.${kind}${failure === null ? "" : ` failed: ${plain(failure)}`}`,
    ...lookups.map(({ question, answer }) => `    look-up ${plain(question)}: ${show(answer)}`),
    ...logs.map((log) => `    log: ${plain(log)}`),
    ...Object.entries(changed).map(([field, { from, to }]) => `    ${plain(field)}: ${show(from)} → ${show(to)}`),
    ...Object.entries(fieldErrors).map(([field, message]) => `    ${plain(field)} failed: ${plain(message)}`),
  ];
}

type Field = PlanShown["fields"][number];

/** Fields that are what they should be take one line together. */
function fieldLines({ fields }: PlanShown): readonly string[] {
  const quiet = fields.filter(isQuiet);
  const groups = Map.groupBy(quiet, ({ decision }) => decision);
  return [
    ...fields.filter((field) => !isQuiet(field)).flatMap(oneField),
    ...[...groups].map(([decision, all]) => `  ${all.map(nameOf).join(", ")}: ${plain(decision)}`),
  ];
}

function isQuiet({ now, wanted, decision }: Field): boolean {
  if (!decision.startsWith("stays")) return false;
  return Object.entries(wanted).every(
    ([endpoint, wish]) => "value" in wish && JSON.stringify(wish.value) === JSON.stringify(now[endpoint] ?? null),
  );
}

function nameOf({ fields }: Field): string {
  return Object.entries(fields)
    .map(([endpoint, field]) => `${endpoint}.${plain(field)}`)
    .join(" / ");
}

function oneField(field: Field): readonly string[] {
  const { fields: names, now, agreed, wanted, decision } = field;
  return [
    `  field ${nameOf(field)}: ${plain(decision)}`,
    ...Object.keys(names).map((endpoint) => {
      const wish = wanted[endpoint];
      const wants =
        wish === undefined ? [] : ["fault" in wish ? `cannot be: ${plain(wish.fault)}` : `wanted ${show(wish.value)}`];
      const was = Object.hasOwn(agreed, endpoint) ? [`agreed ${show(agreed[endpoint])}`] : [];
      const is = Object.hasOwn(now, endpoint) ? [`now ${show(now[endpoint])}`] : [];
      return `    ${endpoint}: ${[...is, ...was, ...wants].join(", ")}`;
    }),
  ];
}

function show(value: unknown): string {
  const text = JSON.stringify(value) ?? "null";
  return plain(text.length > 120 ? `${text.slice(0, 120)}…` : text);
}
