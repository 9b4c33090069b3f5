import { randomUUID } from "node:crypto";
import type { Content } from "../core/parts.ts";
import { exactly } from "../lib/content.ts";

export interface Form {
  readonly contentType: string;
  readonly content: Content;
}

const END = "\r\n";

/**
 * A `multipart/form-data` body, read as it is sent and of a known length: the fields in their order, the file last. No part has headers that it can do
 * without, since some servers stumble over them.
 */
export function multipart(
  fields: readonly (readonly [name: string, value: string])[],
  file: { readonly name: string; readonly content: Content },
): Form {
  // Nobody can put it into a file beforehand.
  const boundary = `----syncline-${randomUUID()}`;
  const parts = fields.map(([name, value]) => [disposition(name), "", value]);
  const head = [
    ...parts,
    [`${disposition("file")}; filename="${quoted(file.name)}"`, "Content-Type: application/octet-stream", "", ""],
  ]
    .map((lines) => [`--${boundary}`, ...lines].join(END))
    .join(END);
  const before = Buffer.from(head.toWellFormed());
  const after = Buffer.from(`${END}--${boundary}--${END}`);
  return {
    contentType: `multipart/form-data; boundary=${boundary}`,
    content: {
      size: before.length + file.content.size + after.length,
      async *open(signal) {
        yield before;
        yield* exactly(file.content, signal);
        yield after;
      },
    },
  };
}

function disposition(name: string): string {
  return `Content-Disposition: form-data; name="${quoted(name)}"`;
}

/** As browsers write it: UTF-8, and these three by their codes. */
function quoted(text: string): string {
  return text.replace(/"/g, "%22").replace(/\r/g, "%0D").replace(/\n/g, "%0A");
}
