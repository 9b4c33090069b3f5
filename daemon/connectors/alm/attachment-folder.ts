import { ConnectorError } from "../../core/errors.ts";
import type { Attachment } from "../../core/parts.ts";
import type { Alm } from "./alm.ts";
import { type ListedFile, toFile } from "./attachment-wire.ts";
import type { Reply } from "./client.ts";
import { collectionOf } from "./schema.ts";
import { readEntities } from "./wire.ts";

/** Files of one record as the server has them, and where each is. */
export interface Folders {
  /** Path of a record's files, below the project. Throws `notFound` for an id that cannot be one. */
  path(entity: string, id: string): string;
  /** All files; null where the record is not there. */
  list(path: string, signal: AbortSignal): Promise<readonly Attachment[] | null>;
  /** Where one file is; null where it is not there any more. */
  locate(path: string, attachment: Pick<Attachment, "id">, signal: AbortSignal): Promise<Place | null>;
  /** A file that is there, with its address. */
  settle(path: string, file: ListedFile, signal: AbortSignal): Promise<Attachment>;
}

export interface Place {
  /** Below the project. */
  readonly path: string;
  /** Its present name where the server knows it by nothing else; null where it is known by its id. */
  readonly name: string | null;
}

/**
 * Ids in addresses came with 12.x; before, a file is known by its name alone, and `12?by-id=true` would mean the one that is called "12". Which of both
 * a server understands is found by asking, once.
 */
export function createFolders(alm: Alm): Folders {
  const state: { byId: boolean | null } = { byId: null };

  function byIdPath(path: string, id: string): string {
    return `${path}/${id}?by-id=true`;
  }

  /** Throws `invalid` for a name that an address takes for a step to the folder above: a removal there would be the record's. */
  function byNamePath(path: string, name: string): string {
    if (!isStep(name)) return `${path}/${encodeURIComponent(name.toWellFormed())}`;
    const message = `${alm.host.endpoint}: this server knows files by their names only, and ${path.slice(1)} has one called "${name}", which no address can tell from a folder: rename it by hand`;
    throw new ConnectorError("invalid", message);
  }

  async function rows(path: string, signal: AbortSignal): Promise<readonly ListedFile[] | null> {
    const files = new Map<string, ListedFile>();
    for (let start = 1; ; ) {
      const query = start === 1 ? "" : `?start-index=${start}`;
      const reply = await alm.client.call({ method: "GET", path: path + query, signal });
      if (!reply.ok) {
        const error = alm.client.refuse(reply, new Map());
        if (error.kind === "notFound") return null;
        throw error;
      }
      const page = readEntities(reply.answer, reply.fail);
      for (const row of page.entities) {
        const file = toFile(row, reply.fail);
        files.set(file.id, file);
      }
      start += page.entities.length;
      const total = page.total ?? files.size;
      if (files.size >= total) return [...files.values()];
      // A file that is missing from a list passes for one that was removed.
      if (page.entities.length === 0 || start > total)
        return reply.fail(`counts ${total} attachments, but shows ${files.size}`);
    }
  }

  /** True or false once it is certain; null where the file went away meanwhile. */
  async function understandsIds(path: string, id: string, signal: AbortSignal): Promise<boolean | null> {
    if (state.byId !== null) return state.byId;
    const reply = await alm.client.call({ method: "GET", path: byIdPath(path, id), signal });
    if (reply.ok) state.byId = isAbout(reply, id);
    else {
      const error = alm.client.refuse(reply, new Map());
      if (error.kind !== "notFound") throw error;
      const listed = await rows(path, signal);
      if (listed?.some((file) => file.id === id) === true) state.byId = false;
    }
    if (state.byId === false) alm.host.note("the server knows attachments by name only, as before 12.x");
    return state.byId;
  }

  function shown(path: string, file: ListedFile): Attachment {
    if (state.byId === false && isStep(file.name)) return { ...file, url: alm.client.url(path) };
    const own = state.byId === false ? `${byNamePath(path, file.name)}?` : `${byIdPath(path, file.id)}&`;
    // Without it a browser would get the description of the file.
    return { ...file, url: alm.client.url(`${own}alt=application/octet-stream`) };
  }

  return {
    path(entity, id) {
      if (!/^\d{1,15}$/.test(id))
        throw new ConnectorError("notFound", `${alm.host.endpoint}: there is no ${entity} with the id "${id}"`);
      return `/${collectionOf(entity)}/${id}/attachments`;
    },
    async list(path, signal) {
      const files = await rows(path, signal);
      const [first] = files ?? [];
      if (first !== undefined) await understandsIds(path, first.id, signal);
      return files?.map((file) => shown(path, file)) ?? null;
    },
    async locate(path, { id }, signal) {
      const understands = await understandsIds(path, id, signal);
      if (understands === true) return { path: byIdPath(path, id), name: null };
      if (understands === null) return null;
      // The name may have gone to another file since.
      const file = (await rows(path, signal))?.find((listed) => listed.id === id);
      return file === undefined ? null : { path: byNamePath(path, file.name), name: file.name };
    },
    async settle(path, file, signal) {
      await understandsIds(path, file.id, signal);
      return shown(path, file);
    },
  };
}

function isStep(name: string): boolean {
  return name === "." || name === "..";
}

function isAbout(reply: Reply, id: string): boolean {
  return readEntities(reply.answer, reply.fail).entities[0]?.fields.get("id")?.[0] === id;
}
