// Runs in the type checker's process, which has TypeScript.
import type { Node, SourceFile } from "typescript/unstable/ast";
import { SyntaxKind } from "typescript/unstable/ast";

/** A place where a file goes one of several ways, and the texts that would make it tell. Offsets are UTF-16, from 0. */
export interface Mark {
  readonly kind: "function" | "if" | "else" | "case" | "loop" | "catch" | "choice";
  /** Where a person looks for it. */
  readonly offset: number;
  /** Place in the list of the mark that it lies in; null for none. */
  readonly within: number | null;
  /** `before` is told where `from` stands, `after` where `to` does; between them lies what the mark is about. */
  readonly from: number;
  readonly to: number;
  /** `statement`: the telling is a statement right at `from`; `block`: what lies between becomes a block; `value`: an expression; `else`: there is none yet. */
  readonly form: "statement" | "block" | "value" | "else";
}

const FUNCTIONS = new Set([
  SyntaxKind.FunctionDeclaration,
  SyntaxKind.FunctionExpression,
  SyntaxKind.ArrowFunction,
  SyntaxKind.MethodDeclaration,
  SyntaxKind.GetAccessor,
  SyntaxKind.SetAccessor,
  SyntaxKind.Constructor,
]);
const LOOPS = new Set([
  SyntaxKind.ForStatement,
  SyntaxKind.ForInStatement,
  SyntaxKind.ForOfStatement,
  SyntaxKind.WhileStatement,
  SyntaxKind.DoStatement,
]);
const SHORT = new Set([
  SyntaxKind.QuestionQuestionToken,
  SyntaxKind.BarBarToken,
  SyntaxKind.AmpersandAmpersandToken,
  SyntaxKind.QuestionQuestionEqualsToken,
  SyntaxKind.BarBarEqualsToken,
  SyntaxKind.AmpersandAmpersandEqualsToken,
]);

/** Parts of a node that only some kinds have. */
interface Parts {
  readonly body?: Node;
  readonly statement?: Node;
  readonly thenStatement?: Node;
  readonly elseStatement?: Node;
  readonly whenTrue?: Node;
  readonly whenFalse?: Node;
  readonly right?: Node;
  readonly operatorToken?: Node;
  readonly block?: Node;
  readonly statements?: readonly Node[] & { readonly pos: number };
}

/** Every branch of a file, those that lie in another one after it. */
export function branchesOf(source: SourceFile): readonly Mark[] {
  const marks: Mark[] = [];
  const startOf = (node: Node) => node.getStart(source);

  function visit(node: Node, within: number | null): void {
    const parts = node as unknown as Parts;
    const inner = new Map<Node, number>();
    const add = (kind: Mark["kind"], about: Node, form: Mark["form"], offset = startOf(about)) => {
      inner.set(about, marks.length);
      const block = form === "block" && about.kind === SyntaxKind.Block;
      const from = block ? startOf(about) + 1 : startOf(about);
      marks.push({ kind, offset, within, from, to: about.end, form: block ? "statement" : form });
    };
    if (FUNCTIONS.has(node.kind) && parts.body !== undefined)
      add("function", parts.body, parts.body.kind === SyntaxKind.Block ? "block" : "value", startOf(node));
    if (LOOPS.has(node.kind) && parts.statement !== undefined) add("loop", parts.statement, "block");
    if (node.kind === SyntaxKind.IfStatement) visitIf(node, parts, add);
    if (node.kind === SyntaxKind.ConditionalExpression)
      for (const arm of [parts.whenTrue, parts.whenFalse]) if (arm !== undefined) add("choice", arm, "value");
    if (node.kind === SyntaxKind.BinaryExpression && SHORT.has(parts.operatorToken?.kind ?? SyntaxKind.Unknown))
      if (parts.right !== undefined) add("choice", parts.right, "value");
    if (node.kind === SyntaxKind.CatchClause && parts.block !== undefined)
      add("catch", parts.block, "block", startOf(node));
    const isCase = node.kind === SyntaxKind.CaseClause || node.kind === SyntaxKind.DefaultClause;
    const here = isCase ? addCase(node, parts, within) : within;
    node.forEachChild((child) => visit(child, inner.get(child) ?? here));
  }

  function visitIf(node: Node, { thenStatement, elseStatement }: Parts, add: (...given: AddGiven) => void): void {
    if (thenStatement !== undefined) add("if", thenStatement, "block");
    if (elseStatement !== undefined && elseStatement.kind !== SyntaxKind.IfStatement)
      add("else", elseStatement, "block");
    if (elseStatement === undefined && thenStatement !== undefined) add("else", node, "else");
  }

  /** A case without statements falls through to the next one, which tells. */
  function addCase(node: Node, { statements }: Parts, within: number | null): number | null {
    if (statements === undefined || statements.length === 0) return within;
    const at = statements.pos;
    marks.push({ kind: "case", offset: startOf(node), within, from: at, to: at, form: "statement" });
    return marks.length - 1;
  }

  visit(source, null);
  return marks;
}

type AddGiven = [kind: Mark["kind"], about: Node, form: Mark["form"]];
