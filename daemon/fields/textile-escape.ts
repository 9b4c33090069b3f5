/** Stands before a sign that is a letter of the text, not markup, until it is known what stands around it. Trackers store no such character. */
export const LITERAL = "\u0001";
/** Behind an address: where more follows at once, a blank must part them. */
export const ADDRESS_END = "\u0003";
/** A line end within a block that must not be taken apart: of preformatted text. */
export const KEPT_LINE = "\u0002";

const ENDED = new RegExp(`${ADDRESS_END}(?=[.,:!?]*(?:\\s|$))`, "g");

const SIGNS = /[*_\-+^~%@!?"|]/g;

/** One run of text: what is markup wherever it stands is escaped at once, signs that need a partner are marked as letters. */
export function literal(text: string): string {
  return text
    .replace(/&(?=[#a-z0-9]+;)/gi, "&amp;")
    .replace(/</g, "&lt;")
    .replace(/\[(?=\[)/g, "&#91;")
    .replace(/\{(?=\{)/g, "&#123;")
    .replace(/(?<=\w)\[(?=\d+\])/g, "&#91;")
    .replace(/(?<=\b[A-Z][A-Z0-9]+)\((?=[^)]*\))/g, "&#40;")
    .replace(/==/g, "&#61;=")
    .replace(/x%x%/g, "x%x&#37;")
    .replace(SIGNS, (sign) => LITERAL + sign);
}

/** A whole block: a letter that would be taken for a sign becomes an entity, the others stay as they are. */
export function resolved(block: string): string {
  const letters = new Set<number>();
  let bare = "";
  for (const [at, part] of block.split(LITERAL).entries()) {
    if (at > 0) letters.add(bare.length);
    bare += part;
  }
  const around: Around = { bare, signs: countSigns(bare), linked: /":\S/.test(bare), codeStart: codeStart(bare) };
  const signOf = (at: number) => bare[at] ?? "";
  const pieces: string[] = [];
  let done = 0;
  for (const at of letters) {
    pieces.push(bare.slice(done, at), isTaken(around, signOf(at), at) ? `&#${signOf(at).charCodeAt(0)};` : signOf(at));
    done = at + 1;
  }
  const text = pieces.join("") + bare.slice(done);
  return escapeStarts(text.replace(ENDED, "").replaceAll(ADDRESS_END, " "));
}

interface Around {
  /** The block without its marks. */
  readonly bare: string;
  readonly signs: ReadonlyMap<string, number>;
  readonly linked: boolean;
  /** Where the first `@` stands that could begin code. */
  readonly codeStart: number;
}

function codeStart(bare: string): number {
  return /(?<![A-Za-z0-9])@/.exec(bare)?.index ?? bare.length;
}

function countSigns(block: string): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const [sign] of block.matchAll(SIGNS)) counts.set(sign, (counts.get(sign) ?? 0) + 1);
  // Redmine keeps a text with this sign at its end for `&` while it looks for signs.
  if (block.includes("&")) counts.set("%", (counts.get("%") ?? 0) + 1);
  return counts;
}

/** Whether the sign at `at` could begin something: it has a partner, white space or the like before it, and something behind it. */
function isTaken({ bare, signs, linked, codeStart }: Around, sign: string, at: number): boolean {
  if (sign === "|") return true;
  if ((signs.get(sign) ?? 0) < 2) return false;
  const before = bare[at - 1] ?? "\n";
  // A line end becomes a tag, which can begin what stands between two signs.
  const after = bare[at + 1] ?? " ";
  if (sign === '"') return linked;
  // The end of code, not its beginning: a mention must stay one.
  if (sign === "@") return at > codeStart && /\W/.test(after);
  return (/[\s(>*_\-+^~%?|"]/.test(before) || before === ADDRESS_END) && /[^ ]/.test(after);
}

const BULLET = /^ *[#*]+(?:\([^)]*\)|\{[^}]*\}|\[[a-z_-]+\]|[<>=()~^-]+)*(?: |$)/;

/** What begins a line and makes it something else than text. */
function escapeStarts(block: string): string {
  return block
    .split("\n")
    .map((line) => {
      if (BULLET.test(line) || /^ *>/.test(line) || /^ ?(?:[*_-] ?){3,} *$/.test(line)) return entity(line);
      return line.replace(/^( *(?:h[1-6]|bq|p|fn\d+|table)[^\s.]*)\.(?=[ :]|$)/, "$1&#46;");
    })
    .join("\n");
}

function entity(line: string): string {
  return line.replace(/^( *)(\S)/, (_, blanks: string, first: string) => `${blanks}&#${first.charCodeAt(0)};`);
}
