import type { SandboxRequest } from "../message.ts";
import { generalError } from "./errors.ts";

export type Format = "xml" | "json";

const TYPES: Readonly<Record<string, Format>> = {
  "application/xml": "xml",
  "application/json": "json",
  "text/xml": "xml",
};

/** The format of a successful answer: `alt`, else Accept, else XML. Throws 406 where none of `offered` will do. */
export function answerFormat(request: SandboxRequest, offered: readonly Format[] = ["xml", "json"]): Format {
  const type = preferredType(
    request,
    offered.map((format) => `application/${format}`),
  );
  if (type === null) throw generalError(406, "Not Acceptable");
  return TYPES[type] ?? "xml";
}

/** The best of `offered` media types for this request, the first one where the request does not say; null where none will do. */
export function preferredType(request: SandboxRequest, offered: readonly string[]): string | null {
  const wanted = wantedTypes(request);
  if (wanted.length === 0) return offered[0] ?? null;
  for (const range of wanted) {
    const found = offered.find((type) => covers(range, type));
    if (found !== undefined) return found;
  }
  return null;
}

/** Errors come as a page where the request did not say what it takes. */
export function errorFormat(request: SandboxRequest): Format | "html" {
  for (const range of wantedTypes(request)) {
    if (range === "*/*" || range === "application/*") return "xml";
    const format = TYPES[range];
    if (format !== undefined) return format;
  }
  return "html";
}

/** Media ranges in the client's order of preference, `alt` before Accept, parameters left out. */
function wantedTypes(request: SandboxRequest): readonly string[] {
  const text = request.query.get("alt") ?? request.headers["accept"] ?? "";
  return text
    .split(",")
    .map((part) => {
      const [type = "", ...parameters] = part.split(";").map((piece) => piece.trim().toLowerCase());
      const weight = parameters.find((parameter) => parameter.startsWith("q="));
      return { type, weight: weight === undefined ? 1 : Number(weight.slice(2)) };
    })
    .filter(({ type, weight }) => type !== "" && weight > 0)
    .sort((a, b) => b.weight - a.weight)
    .map(({ type }) => type);
}

function covers(range: string, type: string): boolean {
  if (range === "*/*" || range === type) return true;
  if (range === "text/xml") return type === "application/xml";
  return range.endsWith("/*") && type.startsWith(range.slice(0, -1));
}

export interface BodyType {
  readonly format: Format;
  /** `;type=collection` was said. */
  readonly collection: boolean;
}

/** What the request's body is. Throws 415 for anything but XML and JSON. */
export function bodyType(request: SandboxRequest): BodyType {
  const { type, parameters } = contentType(request);
  const format = TYPES[type];
  if (format === undefined) throw generalError(415, "Unsupported Media Type");
  return { format, collection: parameters.get("type")?.toLowerCase() === "collection" };
}

export function contentType(request: SandboxRequest): {
  readonly type: string;
  readonly parameters: ReadonlyMap<string, string>;
} {
  const [type = "", ...rest] = (request.headers["content-type"] ?? "").split(";").map((piece) => piece.trim());
  const parameters = new Map<string, string>();
  for (const part of rest) {
    const at = part.indexOf("=");
    if (at > 0)
      parameters.set(
        part.slice(0, at).trim().toLowerCase(),
        part
          .slice(at + 1)
          .trim()
          .replace(/^"(.*)"$/, "$1"),
      );
  }
  return { type: type.toLowerCase(), parameters };
}
