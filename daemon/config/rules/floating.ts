// Runs in the type checker's process, which has TypeScript.
import type { Node, SourceFile } from "typescript/unstable/ast";
import { SyntaxKind } from "typescript/unstable/ast";
import type { Checker } from "typescript/unstable/async";
import type { Finding } from "./typecheck-compiler.ts";
import { FLOATING } from "./typecheck-files.ts";

/** Promises that a statement lets go of: what is wrong in them would be wrong without a word (X28). `path`: as a finding has it. */
export async function floatingOf(source: SourceFile, path: string, checker: Checker): Promise<readonly Finding[]> {
  const calls = callsOf(source);
  if (calls.length === 0) return [];
  const types = await checker.getTypeAtLocation(calls);
  const floats = await Promise.all(
    types.map(async (type) => type !== undefined && (await checker.getPropertyOfType(type, "then")) !== undefined),
  );
  return calls.flatMap((call, i): Finding[] => {
    if (floats[i] !== true) return [];
    const texts = ["Nobody waits for what this call gives: an error in it would be lost."];
    return [{ path, offset: call.getStart(source), code: FLOATING, texts }];
  });
}

function callsOf(source: SourceFile): readonly Node[] {
  const calls: Node[] = [];
  const visit = (node: Node): void => {
    if (node.kind === SyntaxKind.ExpressionStatement) {
      const { expression } = node as unknown as { readonly expression: Node };
      if (expression.kind === SyntaxKind.CallExpression) calls.push(expression);
    }
    node.forEachChild(visit);
  };
  visit(source);
  return calls;
}
