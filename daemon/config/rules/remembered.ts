// Runs in the type checker's process, which has TypeScript.
import type { Node, SourceFile } from "typescript/unstable/ast";
import { SyntaxKind } from "typescript/unstable/ast";
import type { Finding } from "./typecheck-compiler.ts";
import { REMEMBERED } from "./typecheck-files.ts";

/** Parts of a node that only some kinds have. */
interface Parts {
  readonly text?: string;
  readonly name?: Node;
  readonly elements?: readonly Node[];
  readonly declarationList?: Node;
  readonly declarations?: readonly Node[];
  readonly statements?: readonly Node[];
  readonly initializer?: Node;
  readonly expression?: Node;
  readonly operand?: Node;
  readonly operator?: SyntaxKind;
  readonly operatorToken?: Node;
  readonly left?: Node;
}

const partsOf = (node: Node) => node as unknown as Parts;

const CONTAINERS = new Set(["Map", "Set", "WeakMap", "WeakSet"]);
const CHANGES = new Set("push pop shift unshift splice sort reverse fill copyWithin set add delete clear".split(" "));

/**
 * Where rules change what stands outside of them: a rule gives the same answer for the same record (B19), is not asked twice for the same, and its
 * process may be another one tomorrow, so that nothing kept there counts on being there. `path`: as a finding has it.
 */
export function rememberedOf(source: SourceFile, path: string): readonly Finding[] {
  const kept = keptBy(source);
  for (const name of namesInside(source)) kept.delete(name);
  if (kept.size === 0) return [];
  const found: Finding[] = [];
  const visit = (node: Node, inside: boolean): void => {
    const target = inside ? changedBy(node, kept) : null;
    if (target !== null) found.push(findingAt(target, source, path));
    // Once is enough.
    if (target !== null) kept.delete(partsOf(target).text ?? "");
    node.forEachChild((child) => visit(child, inside || isFunction(node)));
  };
  visit(source, false);
  return found;
}

function findingAt(target: Node, source: SourceFile, path: string): Finding {
  const text = `"${partsOf(target).text ?? ""}" keeps something from one call of a rule to the next: calls come in any order, equal ones are made once, and the rules' process is started anew now and then.`;
  return { path, offset: target.getStart(source), code: REMEMBERED, texts: [text] };
}

/** Variables of the file itself. True: a container that is known as such. */
function keptBy(source: SourceFile): Map<string, boolean> {
  const kept = new Map<string, boolean>();
  for (const statement of partsOf(source).statements ?? []) {
    if (statement.kind !== SyntaxKind.VariableStatement) continue;
    const list = partsOf(statement).declarationList;
    for (const one of list === undefined ? [] : (partsOf(list).declarations ?? [])) {
      const { name, initializer } = partsOf(one);
      if (name?.kind === SyntaxKind.Identifier) kept.set(partsOf(name).text ?? "", isContainer(initializer));
    }
  }
  return kept;
}

function isContainer(made: Node | undefined): boolean {
  if (made?.kind === SyntaxKind.ArrayLiteralExpression) return true;
  const { expression } = made?.kind === SyntaxKind.NewExpression ? partsOf(made) : {};
  return expression !== undefined && CONTAINERS.has(partsOf(expression).text ?? "");
}

/** Names that something inside of a function has as well: which of the two is meant there is not gone into. */
function namesInside(source: SourceFile): ReadonlySet<string> {
  const names = new Set<string>();
  const visit = (node: Node, inside: boolean): void => {
    const declares =
      node.kind === SyntaxKind.VariableDeclaration ||
      node.kind === SyntaxKind.Parameter ||
      node.kind === SyntaxKind.BindingElement;
    const { name } = partsOf(node);
    if (declares && name?.kind === SyntaxKind.Identifier && (inside || node.kind !== SyntaxKind.VariableDeclaration))
      names.add(partsOf(name).text ?? "");
    node.forEachChild((child) => visit(child, inside || isFunction(node)));
  };
  visit(source, false);
  return names;
}

function isFunction({ kind }: Node): boolean {
  return (
    kind === SyntaxKind.MethodDeclaration ||
    kind === SyntaxKind.ArrowFunction ||
    kind === SyntaxKind.FunctionExpression ||
    kind === SyntaxKind.FunctionDeclaration ||
    kind === SyntaxKind.GetAccessor
  );
}

/** The variable of the file that this very node changes, if it does. */
function changedBy(node: Node, kept: ReadonlyMap<string, boolean>): Node | null {
  const { left, operatorToken, operand, operator, expression } = partsOf(node);
  if (node.kind === SyntaxKind.BinaryExpression && isAssignment(operatorToken)) return rootOf(left, kept);
  if (node.kind === SyntaxKind.PostfixUnaryExpression) return rootOf(operand, kept);
  if (node.kind === SyntaxKind.PrefixUnaryExpression)
    return operator === SyntaxKind.PlusPlusToken || operator === SyntaxKind.MinusMinusToken
      ? rootOf(operand, kept)
      : null;
  if (node.kind === SyntaxKind.DeleteExpression) return rootOf(expression, kept);
  if (node.kind !== SyntaxKind.CallExpression || expression?.kind !== SyntaxKind.PropertyAccessExpression) return null;
  const { expression: owner, name } = partsOf(expression);
  const isChange = name !== undefined && CHANGES.has(partsOf(name).text ?? "");
  return isChange && owner !== undefined && kept.get(partsOf(owner).text ?? "") === true ? owner : null;
}

function isAssignment(token: Node | undefined): boolean {
  if (token === undefined) return false;
  return token.kind >= SyntaxKind.FirstAssignment && token.kind <= SyntaxKind.LastAssignment;
}

/** `a` of `a`, `a.b` and `a[0].c`, where it is a variable of the file. */
function rootOf(target: Node | undefined, kept: ReadonlyMap<string, boolean>): Node | null {
  if (target === undefined) return null;
  if (target.kind === SyntaxKind.Identifier) return kept.has(partsOf(target).text ?? "") ? target : null;
  const goesOn =
    target.kind === SyntaxKind.PropertyAccessExpression ||
    target.kind === SyntaxKind.ElementAccessExpression ||
    target.kind === SyntaxKind.NonNullExpression ||
    target.kind === SyntaxKind.ParenthesizedExpression;
  return goesOn ? rootOf(partsOf(target).expression, kept) : null;
}
