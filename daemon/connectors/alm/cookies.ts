/** Cookies of one server, by name and path; every answer's are taken, the latest counts (LWSSO rolls its value). */
export interface CookieJar {
  /** `setCookie`: header values as they came; `now` in milliseconds. */
  store(setCookie: readonly string[], requestPath: string, now: number): void;
  /** For the `Cookie` header of a request to `path`; empty text where none applies. */
  header(path: string): string;
  /** The value of the cookie that a request to the web root would carry. */
  get(name: string): string | undefined;
  readonly size: number;
  clear(): void;
}

interface Cookie {
  readonly name: string;
  readonly value: string;
  readonly path: string;
}

export function createJar(): CookieJar {
  const cookies = new Map<string, Cookie>();

  return {
    store(setCookie, requestPath, now) {
      for (const line of setCookie) {
        const parsed = parseCookie(line, requestPath, now);
        if (parsed === null) continue;
        const key = `${parsed.cookie.name};${parsed.cookie.path}`;
        // Deleting first keeps the latest last, which is what counts where two paths hold one name.
        cookies.delete(key);
        if (parsed.alive) cookies.set(key, parsed.cookie);
      }
    },
    header(path) {
      const found = [...cookies.values()].filter((cookie) => covers(cookie.path, path));
      // RFC 6265, 5.4: longer paths first.
      found.sort((a, b) => b.path.length - a.path.length);
      return found.map((cookie) => `${cookie.name}=${cookie.value}`).join("; ");
    },
    get: (name) => [...cookies.values()].findLast((cookie) => cookie.name === name)?.value,
    get size() {
      return cookies.size;
    },
    clear: () => cookies.clear(),
  };
}

function parseCookie(line: string, requestPath: string, now: number): { cookie: Cookie; alive: boolean } | null {
  const [pair = "", ...attributes] = line.split(";");
  const at = pair.indexOf("=");
  const name = pair.slice(0, Math.max(at, 0)).trim();
  if (name === "") return null;
  const value = pair.slice(at + 1).trim();
  const given = new Map(
    attributes.map((text) => {
      const [key = "", ...rest] = text.split("=");
      return [key.trim().toLowerCase(), rest.join("=").trim()] as const;
    }),
  );
  const path = given.get("path");
  const cookie = { name, value, path: path?.startsWith("/") ? path : parentPath(requestPath) };
  return { cookie, alive: value !== "" && value !== '""' && !expired(given, now) };
}

function expired(attributes: ReadonlyMap<string, string>, now: number): boolean {
  const age = attributes.get("max-age");
  if (age !== undefined && /^-?\d+$/.test(age)) return Number(age) <= 0;
  const at = Date.parse((attributes.get("expires") ?? "").replaceAll("-", " "));
  return !Number.isNaN(at) && at <= now;
}

function parentPath(path: string): string {
  const end = path.lastIndexOf("/");
  return end <= 0 ? "/" : path.slice(0, end);
}

function covers(cookiePath: string, path: string): boolean {
  if (cookiePath === "/" || cookiePath === path) return true;
  return path.startsWith(cookiePath.endsWith("/") ? cookiePath : `${cookiePath}/`);
}
