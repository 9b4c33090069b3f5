import assert from "node:assert/strict";
import { test } from "node:test";
import { runInNewContext } from "node:vm";
import { transformSync } from "esbuild";
import { instrument, originalColumn, PASSED } from "../../../daemon/config/rules/instrument.ts";
import { createTypeChecker } from "../../../daemon/config/rules/typecheck.ts";

const FILE = "rules/r.ts";
const { signal } = new AbortController();

const SOURCE = `// ä comment
export function f(n: number, on: { deep?: string } = {}): unknown[] {
  const out: unknown[] = [];
  if (n === 0) out.push("zero"); else if (n === 1) out.push("one");
  if (n > 1) { out.push(n > 2 ? "many" : "two"); }
  for (const c of "ab".slice(0, n)) if (c === "b") out.push(c)
  while (out.length > 90) out.pop();
  switch (n) {
    case 7:
    case 8: out.push("eight"); break;
    default: { out.push("other") }
  }
  try { if (n === 9) throw new Error("x"); } catch (error) { out.push((error as Error).message) }
  const g = (x: number) => x + 1, h = () => ({ n: g(n) });
  out.push(on.deep ?? "none", n && h().n, n || "nothing" as const);
  on.deep ??= "x";
  return out;
}
`;

async function marksOf(source: string) {
  const checker = createTypeChecker();
  try {
    const { diagnostics, marks } = await checker.branches(new Map([[FILE, source]]), new Map(), [FILE], signal);
    assert.deepEqual(diagnostics, []);
    return marks.get(FILE) ?? [];
  } finally {
    await checker.close();
  }
}

function load(source: string): { f(n: number): unknown[]; passed(): number[] } {
  const code = `const ${PASSED} = new Set(); ${transformSync(source, { loader: "ts", format: "cjs" }).code}`;
  return runInNewContext(
    `(function(){ const module = {exports: {}}; ${code}; return { f: module.exports.f, passed: () => { const all = [...${PASSED}]; ${PASSED}.clear(); return all; } }; })()`,
  ) as ReturnType<typeof load>;
}

test("B17 an instrumented file does what it did before, and tells which branches it went through", async () => {
  const marks = await marksOf(SOURCE);
  const made = instrument(FILE, SOURCE, marks, 100);
  assert.equal(made.text.split("\n").length, SOURCE.split("\n").length, "every line stays where it is");
  const [plain, told] = [load(SOURCE), load(made.text)];
  const kinds = (n: number) => {
    assert.equal(JSON.stringify(told.f(n)), JSON.stringify(plain.f(n)), `f(${n})`);
    return told.passed().map((at) => {
      const branch = made.branches[at - 100];
      return `${branch?.line}:${branch?.column} ${branch?.kind}`;
    });
  };
  const zero = kinds(0);
  assert.ok(zero.includes("4:16 if") && zero.includes("5:3 else") && zero.includes("11:5 case"), zero.join(", "));
  assert.ok(zero.includes("15:48 choice"), "what stands behind || counts where it is reached");
  assert.ok(!zero.some((one) => one.endsWith(" loop") || one.endsWith(" catch")));
  const nine = kinds(9);
  for (const wanted of ["5:33 choice", "6:37 loop", "13:46 catch", "14:13 function", "16:15 choice"])
    assert.ok(nine.includes(wanted), `${wanted} of ${nine.join(", ")}`);
  assert.ok(kinds(8).includes("10:5 case"));
  const all = new Set([0, 1, 2, 3, 7, 8, 9].flatMap(kinds));
  const never = made.branches.map((b) => `${b.line}:${b.column} ${b.kind}`).filter((one) => !all.has(one));
  assert.deepEqual(never, ["7:27 loop"]);
});

test("X28 a place in an instrumented line is told as it stands in the file", async () => {
  const made = instrument(FILE, SOURCE, await marksOf(SOURCE), 0);
  const lines = SOURCE.split("\n");
  made.text.split("\n").forEach((text, i) => {
    for (const word of ["push", "pop", "throw", "message", "deep"]) {
      const at = lines[i]?.indexOf(word) ?? -1;
      if (at === -1) continue;
      const spots = made.spots.get(i + 1) ?? [];
      assert.equal(originalColumn(spots, text.indexOf(word) + 1), at + 1, `line ${i + 1} ${word}`);
    }
  });
});
