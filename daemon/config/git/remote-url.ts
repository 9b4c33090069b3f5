import { OperatorError } from "../../core/errors.ts";

/** The address of a remote repository with its secrets apart. */
export interface RemoteUrl {
  /** What git is given: without a password. */
  readonly address: string;
  /** What may be shown. */
  readonly shown: string;
  readonly scheme: "http" | "https" | "ssh" | "git" | "file";
  readonly credentials: { readonly username: string; readonly password: string } | null;
}

const SCHEMES = ["http", "https", "ssh", "git", "file"] as const;
/** `git@example.com:team/config.git`, as scp writes it. */
const SCP = /^[^/\\:\s]+@[^/\\:\s]+:[^\s]+$/;

/** True for an address, false for a path. */
export function isUrl(location: string): boolean {
  return /^[A-Za-z][A-Za-z0-9+.-]*:\/\//.test(location) || /^[a-z]+::/.test(location) || SCP.test(location);
}

/** Throws `OperatorError` for what git could take for an order to run something, or what cannot be read. */
export function parseRemoteUrl(location: string): RemoteUrl {
  if (SCP.test(location) && !location.includes("://")) {
    if (location.startsWith("-")) throw refused(location);
    return { address: location, shown: location, scheme: "ssh", credentials: null };
  }
  const url = URL.canParse(location) ? new URL(location) : null;
  const scheme = SCHEMES.find((known) => `${known}:` === url?.protocol);
  if (url === null || scheme === undefined || url.hostname.startsWith("-")) throw refused(location);
  if (url.password === "") return { address: location, shown: shown(url), scheme, credentials: null };
  const credentials = { username: decodeURIComponent(url.username), password: decodeURIComponent(url.password) };
  const text = shown(url);
  url.password = "";
  if (scheme === "http" || scheme === "https") url.username = "";
  return { address: url.href, shown: text, scheme, credentials };
}

function shown(from: URL): string {
  const url = new URL(from);
  // In an http address a token often stands where the name would.
  if (url.protocol.startsWith("http") && url.username !== "") url.username = "***";
  url.password = "";
  return url.href;
}

function refused(location: string): OperatorError {
  return new OperatorError(
    `${location.replace(/\/\/[^/@]*@/, "//***@")} is not an address that Syncline fetches from.`,
    "Give a folder, or an address that begins with https://, http://, ssh://, git:// or file://.",
  );
}
