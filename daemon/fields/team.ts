import type { DirectoryEntry } from "../core/field.ts";
import { called } from "./called.ts";
import { type Carried, fault, recordFault, value } from "./outcome.ts";
import type { EndpointWorld } from "./world.ts";

/** What the record is like in the target, once it is written. */
export interface TeamPlace {
  /** Id of its release; null where it has none, or where no row says. */
  readonly release: string | null;
  /** Its release and team as they are now; null for a record that is about to be made. */
  readonly now: { readonly release: string | null; readonly team: string | null } | null;
}

/**
 * The team that a name means for a record (S47, S62, S64 to S67): the team that it has, if that bears the name and may work for the release (T30); else
 * a team of the release alone; else one of the whole workspace. Which team belongs to one release only is told by the tracker, or by the releases
 * that it takes part in: a team of more than one, or of none, is everybody's.
 */
export function findTeam(text: string, place: TeamPlace, teams: readonly DirectoryEntry[], to: EndpointWorld): Carried {
  const name = text.replace(/^\\/, "");
  const named = called(name, teams);
  const kept = named.find((team) => team.id === place.now?.team && mayStay(team, place));
  if (kept !== undefined) return value(kept.id);
  for (const some of ranks(named, place.release)) {
    const [first, ...more] = some;
    if (first !== undefined && more.length === 0) return value(first.id);
    if (first !== undefined) return notUnique(name, some, to);
  }
  return fault(missing(name, place.release, named, teams, to));
}

/** Teams in the order in which they come into question; what stands together cannot be told apart. */
function ranks(named: readonly DirectoryEntry[], release: string | null): readonly (readonly DirectoryEntry[])[] {
  const inside = named.filter((team) => takesPart(team, release));
  const everybodys = named.filter((team) => isBound(team) === false);
  return [
    inside.filter((team) => isBound(team) === true),
    inside.filter((team) => isBound(team) === null),
    inside,
    everybodys,
    // Of a team in one release only nothing tells whose it is: with no release to go by the tracker itself says whether it fits.
    release === null && named.length === 1 ? named.filter((team) => isBound(team) === null) : [],
  ];
}

/** Null: the tracker does not tell, and the team takes part in one release only. */
function isBound({ bound, releases = [] }: DirectoryEntry): boolean | null {
  return bound ?? (releases.length === 1 ? null : false);
}

function takesPart({ releases = [] }: DirectoryEntry, release: string | null): boolean {
  return release !== null && releases.includes(release);
}

function mayStay(team: DirectoryEntry, { release, now }: TeamPlace): boolean {
  return isBound(team) === false || takesPart(team, release) || now?.release === release;
}

function notUnique(name: string, some: readonly DirectoryEntry[], to: EndpointWorld): Carried {
  const shown = some.map((team) => `${team.id} (${whereOf(team, to)})`).join(", ");
  return recordFault(`"${name}" is not unique among the teams of ${to.endpoint}: ${shown}; rename one of them there`);
}

function missing(
  name: string,
  release: string | null,
  named: readonly DirectoryEntry[],
  teams: readonly DirectoryEntry[],
  to: EndpointWorld,
): string {
  const wanted = release === null ? "for all releases" : `in ${releaseName(release, to)}, nor one for all releases`;
  const near = teams.find((team) => team.name.trim().toLowerCase() === name.trim().toLowerCase());
  const others = named.map((team) => whereOf(team, to)).join(", ");
  const but = named.length > 0 ? ` (only ${others})` : near === undefined ? "" : ` (but "${near.name}")`;
  const advice = "add it there with the same name and capitals, or map the value";
  return `${to.endpoint} has no team "${name}" ${wanted}${but}: ${advice}`;
}

function whereOf(team: DirectoryEntry, to: EndpointWorld): string {
  const { releases = [] } = team;
  if (isBound(team) === false) return "of the whole workspace";
  return `of ${releases.map((id) => releaseName(id, to)).join(", ")}`;
}

function releaseName(id: string, to: EndpointWorld): string {
  const name = to.directories.get("release")?.find((entry) => entry.id === id)?.name;
  return name === undefined ? `release ${id}` : `release "${name}"`;
}
