import { createHash } from "node:crypto";
import type { SandboxRequest, SandboxResponse } from "../message.ts";
import type { Format } from "./negotiate.ts";
import type { Project } from "./project.ts";
import { empty, reply } from "./reply.ts";
import type { Writer } from "./validate.ts";

/** A call that may act on the project. */
export interface ProjectCall {
  readonly request: SandboxRequest;
  readonly project: Project;
  readonly writer: Writer;
  /** `P` as the server believes it is reached. */
  readonly base: string;
}

/** `?force-delete-children=y` */
export function forced(call: ProjectCall): boolean {
  return call.request.query.get("force-delete-children")?.toLowerCase() === "y";
}

/** Metadata change seldom; servers from 12.00 on let clients ask whether they did. */
export function cacheable(call: ProjectCall, format: Format, body: string): SandboxResponse {
  if (!call.project.profile.siteSession) return reply(format, body);
  const tag = `"${createHash("sha1").update(body).digest("hex").slice(0, 16)}"`;
  if (call.request.headers["if-none-match"] === tag) return empty(304, { ETag: tag });
  return reply(format, body, 200, { ETag: tag });
}
