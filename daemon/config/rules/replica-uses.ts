// Runs in the type checker's process, which has TypeScript.
import type { Node, SourceFile } from "typescript/unstable/ast";
import { SyntaxKind } from "typescript/unstable/ast";

/** A name that a rule reads of the replica, or sets there. */
export interface NamedUse {
  readonly name: string;
  readonly write: boolean;
  /** UTF-16 offset of the name. */
  readonly offset: number;
}

/** What one rule of a link does with the replica. */
export interface ReplicaUses {
  readonly connection: string;
  readonly link: string;
  readonly endpoint: string;
  readonly event: "outgoing" | "incoming";
  readonly uses: readonly NamedUse[];
  /** The replica is handed on as a whole, or the rule is made elsewhere: what else happens to it cannot be told from here. */
  readonly handedOn: boolean;
}

type Found = Pick<ReplicaUses, "uses" | "handedOn">;

const HANDED_ON: Found = { uses: [], handedOn: true };

/** Parts of a node that only some kinds have. */
interface Parts {
  readonly text?: string;
  readonly name?: Node;
  readonly propertyName?: Node;
  readonly dotDotDotToken?: Node;
  readonly expression?: Node;
  readonly argumentExpression?: Node;
  readonly initializer?: Node;
  readonly left?: Node;
  readonly operatorToken?: Node;
  readonly body?: Node;
  readonly parameters?: readonly Node[];
  readonly properties?: readonly Node[];
  readonly elements?: readonly Node[];
  readonly arguments?: readonly Node[];
  readonly typeArguments?: readonly Node[];
  readonly literal?: Node;
}

const partsOf = (node: Node) => node as unknown as Parts;

/** By every `link<"connection", "link">({ … })` of a file that is written out. */
export function replicaUsesOf(source: SourceFile): readonly ReplicaUses[] {
  const found: ReplicaUses[] = [];
  const visit = (node: Node): void => {
    if (node.kind === SyntaxKind.CallExpression) found.push(...usesOfLink(node, source));
    node.forEachChild(visit);
  };
  visit(source);
  return found;
}

function usesOfLink(call: Node, source: SourceFile): readonly ReplicaUses[] {
  const { expression, typeArguments = [], arguments: given = [] } = partsOf(call);
  const [connection, link] = typeArguments.map((one) => textOf(partsOf(one).literal));
  if (textOf(expression) !== "link" || connection == null || link == null) return [];
  return membersOf(given[0]).flatMap(([endpoint, rules]) =>
    membersOf(partsOf(rules).initializer).flatMap(([event, rule]) =>
      event === "outgoing" || event === "incoming"
        ? [{ connection, link, endpoint, event, ...usesOfRule(rule, source) }]
        : [],
    ),
  );
}

function membersOf(node: Node | undefined): readonly (readonly [string, Node])[] {
  if (node?.kind !== SyntaxKind.ObjectLiteralExpression) return [];
  return (partsOf(node).properties ?? []).flatMap((member) => {
    const name = textOf(partsOf(member).name);
    return name === null ? [] : [[name, member] as const];
  });
}

const FUNCTIONS = new Set([SyntaxKind.MethodDeclaration, SyntaxKind.ArrowFunction, SyntaxKind.FunctionExpression]);

function usesOfRule(member: Node, source: SourceFile): Found {
  const rule = member.kind === SyntaxKind.PropertyAssignment ? partsOf(member).initializer : member;
  if (rule === undefined || !FUNCTIONS.has(rule.kind)) return HANDED_ON;
  const { parameters = [], body } = partsOf(rule);
  const context = parameters[0] === undefined ? undefined : partsOf(parameters[0]).name;
  if (context === undefined || body === undefined) return { uses: [], handedOn: false };
  if (context.kind === SyntaxKind.Identifier) return usesOf(body, { context: textOf(context) ?? "" }, source);
  const element = (partsOf(context).elements ?? []).find((one) => nameTaken(one) === "replica");
  if ((partsOf(context).elements ?? []).some((one) => partsOf(one).dotDotDotToken !== undefined)) return HANDED_ON;
  const local = element === undefined ? undefined : partsOf(element).name;
  if (local === undefined) return { uses: [], handedOn: false };
  if (local.kind === SyntaxKind.Identifier) return usesOf(body, { replica: textOf(local) ?? "" }, source);
  return taken(local, source) ?? HANDED_ON;
}

/** How a rule calls the replica, or the context that has it. */
type Called = { readonly replica: string } | { readonly context: string };

function usesOf(body: Node, called: Called, source: SourceFile): Found {
  const uses: NamedUse[] = [];
  const state = { handedOn: false };
  const visit = (node: Node): void => {
    if (isReplica(node, called)) {
      const found = usesAt(node, source);
      uses.push(...found.uses);
      state.handedOn ||= found.handedOn;
    } else if (isContext(node, called) && !isAsked(node)) state.handedOn = true;
    node.forEachChild(visit);
  };
  visit(body);
  return { uses, handedOn: state.handedOn };
}

function isContext(node: Node, called: Called): boolean {
  return "context" in called && isVariable(node, called.context);
}

/** `context.something`: not the context as a whole. */
function isAsked(node: Node): boolean {
  return node.parent.kind === SyntaxKind.PropertyAccessExpression && partsOf(node.parent).expression === node;
}

function isReplica(node: Node, called: Called): boolean {
  if ("replica" in called) return isVariable(node, called.replica);
  if (node.kind !== SyntaxKind.PropertyAccessExpression) return false;
  const { expression, name } = partsOf(node);
  return expression !== undefined && isContext(expression, called) && textOf(name) === "replica";
}

/** Not the name of a property or of a member that is called the same. */
function isVariable(node: Node, name: string): boolean {
  if (node.kind !== SyntaxKind.Identifier || textOf(node) !== name) return false;
  const { parent } = node;
  const named = partsOf(parent).name === node && parent.kind !== SyntaxKind.ShorthandPropertyAssignment;
  return !named && partsOf(parent).propertyName !== node;
}

/** What is done with the replica where it stands. */
function usesAt(node: Node, source: SourceFile): Found {
  const { parent } = node;
  const { name, argumentExpression, expression, initializer } = partsOf(parent);
  if (parent.kind === SyntaxKind.VariableDeclaration && initializer === node && name !== undefined)
    return taken(name, source) ?? HANDED_ON;
  const property =
    parent.kind === SyntaxKind.PropertyAccessExpression
      ? name
      : parent.kind === SyntaxKind.ElementAccessExpression
        ? argumentExpression
        : undefined;
  const text = textOf(property);
  if (expression !== node || property === undefined || text === null) return HANDED_ON;
  return { uses: [{ name: text, write: isWritten(parent), offset: property.getStart(source) }], handedOn: false };
}

/** `const { a, b: c } = replica`; null where something else becomes of it. */
function taken(pattern: Node, source: SourceFile): Found | null {
  const elements = partsOf(pattern).elements ?? [];
  if (pattern.kind !== SyntaxKind.ObjectBindingPattern) return null;
  const uses = elements.map((element) => {
    const { name, propertyName, dotDotDotToken } = partsOf(element);
    const at = propertyName ?? name;
    const text = nameTaken(element);
    if (dotDotDotToken !== undefined || at === undefined || text === null) return null;
    return { name: text, write: false, offset: at.getStart(source) };
  });
  return uses.includes(null) ? null : { uses: uses.filter((one) => one !== null), handedOn: false };
}

function nameTaken(element: Node): string | null {
  const { name, propertyName } = partsOf(element);
  return textOf(propertyName ?? name);
}

function isWritten(access: Node): boolean {
  const { parent } = access;
  if (parent.kind === SyntaxKind.DeleteExpression) return true;
  if (parent.kind !== SyntaxKind.BinaryExpression || partsOf(parent).left !== access) return false;
  const operator = partsOf(parent).operatorToken?.kind ?? SyntaxKind.Unknown;
  return operator >= SyntaxKind.FirstAssignment && operator <= SyntaxKind.LastAssignment;
}

const TEXTS = new Set([SyntaxKind.Identifier, SyntaxKind.StringLiteral, SyntaxKind.NoSubstitutionTemplateLiteral]);

/** Of a name or a text that is written out. */
function textOf(node: Node | undefined): string | null {
  return node !== undefined && TEXTS.has(node.kind) ? (partsOf(node).text ?? null) : null;
}
