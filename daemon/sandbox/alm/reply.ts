import type { SandboxRequest, SandboxResponse } from "../message.ts";
import { type AlmError, NoSuchPath } from "./errors.ts";
import { errorFormat, type Format } from "./negotiate.ts";
import { element, escapeXml, textElement, XML_HEAD } from "./xml.ts";

const MEDIA: Readonly<Record<Format | "html", string>> = {
  xml: "application/xml;charset=UTF-8",
  json: "application/json;charset=UTF-8",
  html: "text/html;charset=utf-8",
};

/** `body` is written already, declaration included. */
export function reply(
  format: Format | "html",
  body: string,
  status = 200,
  headers: Readonly<Record<string, string>> = {},
): SandboxResponse {
  return { status, headers: { "Content-Type": MEDIA[format], ...headers }, body };
}

export function empty(
  status = 200,
  headers: Readonly<Record<string, string | readonly string[]>> = {},
): SandboxResponse {
  return { status, headers };
}

export function page(status: number, title: string, headers: Readonly<Record<string, string>> = {}): SandboxResponse {
  const text = escapeXml(title);
  const body = `<html><head><title>Error ${status}</title></head><body><h2>HTTP ERROR ${status}</h2><p>${text}</p></body></html>`;
  return reply("html", body, status, headers);
}

/** An error in the client's format; a page where it did not say. */
export function errorReply(
  request: SandboxRequest,
  error: AlmError | NoSuchPath,
  stackTrace: string | null,
): SandboxResponse {
  if (error instanceof NoSuchPath) return page(404, "Not Found");
  const format = error.status === 406 ? "html" : errorFormat(request);
  if (format === "html") return page(error.status, error.message, error.headers);
  const body =
    format === "xml" ? XML_HEAD + exceptionXml(error, stackTrace) : JSON.stringify(exceptionJson(error, stackTrace));
  return reply(format, body, error.status, error.headers);
}

export function exceptionXml(error: AlmError, stackTrace: string | null): string {
  const trace =
    stackTrace === null
      ? element("StackTrace", { "xsi:nil": "true", "xmlns:xsi": XSI })
      : textElement("StackTrace", stackTrace);
  return element("QCRestException", {}, textElement("Id", error.id), textElement("Title", error.message), trace);
}

const XSI = "http://www.w3.org/2001/XMLSchema-instance";

export function exceptionJson(error: AlmError, stackTrace: string | null): Record<string, unknown> {
  return { Id: error.id, Title: error.message, ExceptionProperties: null, StackTrace: stackTrace };
}
