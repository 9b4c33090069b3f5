import { sayInMemo } from "../support/memo.ts";
import type { End } from "./world.ts";

/** A file as somebody attached it. */
export interface FileWanted {
  readonly key: string;
  readonly name: string;
  /** Where the original is. */
  readonly end: End;
  readonly content: Buffer;
}

export interface CommentWanted {
  readonly key: string;
  readonly end: End;
  /** The text begins with it, and nothing else does. */
  readonly mark: string;
  readonly text: string;
  /** The text with the head before it, as the tracker stored it when it was typed. */
  readonly typed: string;
}

/** What belongs to records and must stand in both trackers in the end, and what people do with it. */
export interface PartsWorld {
  readonly files: () => readonly FileWanted[];
  readonly comments: () => readonly CommentWanted[];
  /** Two keys, the smaller first. */
  readonly bonds: () => readonly string[];
  /** Versions of defects, which the other side may lack. By key. */
  readonly values: () => ReadonlyMap<string, string>;
  attach(end: End, key: string, size: number): void;
  replace(file: FileWanted): void;
  detach(file: FileWanted): void;
  say(end: End, key: string): void;
  /** By the author, on the author's side. */
  reword(comment: CommentWanted): void;
  bind(end: End, a: string, b: string): void;
  unbind(end: End, bond: string): void;
  name(end: End, key: string, version: string): void;
  /** The record is deleted: what belonged to it is nobody's business any more. */
  forget(key: string): void;
}

/** The hands of people in both trackers. `id`: of a key's record. */
export interface Hands {
  addFile(end: End, key: string, name: string, content: Buffer): void;
  changeFile(file: FileWanted, content: Buffer): void;
  removeFile(file: FileWanted): void;
  memo(end: End, key: string): string;
  setMemo(end: End, key: string, memo: string): void;
  bind(end: End, a: string, b: string): void;
  unbind(end: End, bond: string): void;
  setVersion(end: End, key: string, version: string): void;
}

const AUTHORS: Readonly<Record<End, readonly [name: string, login: string]>> = {
  alm: ["Jane Doe", "jane.doe"],
  agm: ["Bob Roy", "bob.roy@example.com"],
};

/** Characters before a comment's text that name its author and day. */
const HEAD = 60;

export function createParts(hands: Hands): PartsWorld {
  const state = { next: 1 };
  const files = new Map<string, FileWanted>();
  const comments = new Map<string, CommentWanted>();
  const bonds = new Set<string>();
  /** The other end may still have its half: nobody can tie it anew before a run has taken that away. */
  const severed = new Set<string>();
  const values = new Map<string, string>();
  const bytes = (size: number) => {
    const seed = state.next++;
    return Buffer.from(Array.from({ length: size }, (_, i) => (i * 31 + seed * 97 + (i >> 8)) & 0xff));
  };
  const typed = (end: End, key: string, text: string) => {
    const memo = hands.memo(end, key);
    const at = memo.indexOf(text);
    if (at === -1) throw new Error(`${end} ${key} does not keep "${text}"`);
    return memo.slice(Math.max(0, at - HEAD), at + text.length);
  };
  return {
    files: () => [...files.values()],
    comments: () => [...comments.values()],
    bonds: () => [...bonds],
    values: () => values,
    attach(end, key, size) {
      const name = `f${state.next++}.bin`;
      const content = bytes(size);
      hands.addFile(end, key, name, content);
      files.set(`${key} ${name}`, { key, name, end, content });
    },
    replace(file) {
      const content = bytes(file.content.length + 1);
      hands.changeFile(file, content);
      files.set(`${file.key} ${file.name}`, { ...file, content });
    },
    detach(file) {
      hands.removeFile(file);
      files.delete(`${file.key} ${file.name}`);
    },
    say(end, key) {
      const mark = `word${state.next++}`;
      const text = `${mark} about ${key}`;
      const [name, login] = AUTHORS[end];
      hands.setMemo(end, key, sayInMemo(hands.memo(end, key), name, login, "11/20/2026", text));
      comments.set(`${key} ${mark}`, { key, end, mark, text, typed: typed(end, key, text) });
    },
    reword(comment) {
      const text = `${comment.mark} said anew, time ${state.next++}`;
      const memo = hands.memo(comment.end, comment.key);
      if (!memo.includes(comment.text)) throw new Error(`${comment.end} ${comment.key} does not say "${comment.text}"`);
      const { end, key, mark } = comment;
      hands.setMemo(end, key, memo.replace(comment.text, text));
      comments.set(`${key} ${mark}`, { ...comment, text, typed: typed(end, key, text) });
    },
    bind(end, a, b) {
      const bond = [a, b].sort().join(" ");
      if (a === b || bonds.has(bond) || severed.has(bond)) return;
      hands.bind(end, a, b);
      bonds.add(bond);
    },
    unbind(end, bond) {
      hands.unbind(end, bond);
      bonds.delete(bond);
      severed.add(bond);
    },
    name(end, key, version) {
      hands.setVersion(end, key, version);
      values.set(key, version);
    },
    forget(key) {
      for (const [id, one] of files) if (one.key === key) files.delete(id);
      for (const [id, one] of comments) if (one.key === key) comments.delete(id);
      for (const bond of bonds) if (bond.split(" ").includes(key)) bonds.delete(bond);
      values.delete(key);
    },
  };
}
