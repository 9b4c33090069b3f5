import type { SandboxRequest } from "../message.ts";
import { createRandom } from "../random.ts";
import type { AlmSwitches } from "./switches.ts";

/** Somebody who can sign in. */
export interface Account {
  readonly login: string;
  readonly password: string;
  /** May read only. */
  readonly readOnly?: boolean;
}

export interface ApiKey {
  readonly id: string;
  readonly secret: string;
  /** Login that the key acts as. */
  readonly login: string;
  readonly active: boolean;
}

type Life = "live" | "expired" | "ended";

interface SignIn {
  readonly user: string;
  life: Life;
  used: number;
}

export interface SiteSession {
  readonly id: string;
  readonly user: string;
  /** Fixed by a header at sign-in: later calls must carry the same. */
  readonly boundClient: string | null;
  readonly idleMs: number;
  life: Life;
  used: number;
}

/** What a request's cookies amount to. */
export interface Standing {
  readonly user: string | null;
  /** Of the sign-in cookie; null where there is none or it was never given out. */
  readonly signIn: Life | null;
  readonly site: SiteSession | null;
  readonly siteLife: Life | null;
}

export interface Sessions {
  /** Gives out a sign-in and returns its cookie's value. */
  signIn(user: string): string;
  openSite(
    user: string,
    options: { readonly minutes: number | null; readonly boundClient: string | null },
  ): SiteSession;
  /** Reads the cookies and, where they hold, sets their idle clocks back. */
  standing(request: SandboxRequest): Standing;
  endSite(id: string): void;
  endSignIn(request: SandboxRequest): void;
  /** Another cookie value for the same sign-in; null where the request has none. */
  roll(request: SandboxRequest): string | null;
  alive(siteSession: string): boolean;
  /** As if everybody had been idle too long; `site` leaves the sign-ins. */
  expire(what: "all" | "site"): void;
  token(): string;
}

export function createSessions(now: () => number, switches: AlmSwitches, seed: number): Sessions {
  const random = createRandom(seed + 7919);
  const signIns = new Map<string, SignIn>();
  const sites = new Map<string, SiteSession>();
  const token = (): string =>
    Array.from({ length: 4 }, () => random.int(0, 0xffffffff).toString(16).padStart(8, "0")).join("");

  function signInOf(request: SandboxRequest): SignIn | undefined {
    const signIn = signIns.get(request.cookies.get("LWSSO_COOKIE_KEY") ?? "");
    if (signIn?.life === "live" && now() - signIn.used > switches.signInIdleMinutes * 60_000) signIn.life = "expired";
    return signIn;
  }

  function siteOf(id: string): SiteSession | undefined {
    const site = sites.get(id);
    if (site?.life === "live" && now() - site.used > site.idleMs) site.life = "expired";
    return site;
  }

  return {
    signIn(user) {
      const value = token();
      signIns.set(value, { user, life: "live", used: now() });
      return value;
    },
    openSite(user, { minutes, boundClient }) {
      const id = boundClient === null ? token() : `${token()}.${Buffer.from(boundClient).toString("hex")}`;
      const idleMs = (minutes ?? switches.siteIdleMinutes) * 60_000;
      const site: SiteSession = { id, user, boundClient, idleMs, life: "live", used: now() };
      sites.set(id, site);
      return site;
    },
    standing(request) {
      const signIn = signInOf(request);
      const site = siteOf(request.cookies.get("QCSession") ?? "");
      if (signIn?.life === "live") signIn.used = now();
      const fits =
        site !== undefined && (site.boundClient === null || site.boundClient === request.headers["alm-client-type"]);
      const live = signIn?.life === "live" && fits && site.life === "live" && site.user === signIn.user;
      if (live) site.used = now();
      return {
        user: signIn?.life === "live" ? signIn.user : null,
        signIn: signIn?.life ?? null,
        site: live ? site : null,
        siteLife: fits ? site.life : null,
      };
    },
    endSite(id) {
      const site = sites.get(id);
      if (site !== undefined) site.life = "ended";
    },
    endSignIn(request) {
      const signIn = signInOf(request);
      if (signIn !== undefined) signIn.life = "ended";
    },
    roll(request) {
      const signIn = signInOf(request);
      if (signIn?.life !== "live") return null;
      const value = token();
      signIns.set(value, signIn);
      return value;
    },
    alive: (id) => id.startsWith("desktop:") || siteOf(id)?.life === "live",
    expire(what) {
      for (const site of sites.values()) if (site.life === "live") site.life = "expired";
      if (what === "site") return;
      for (const signIn of signIns.values()) if (signIn.life === "live") signIn.life = "expired";
    },
    token,
  };
}
