import type { Connector } from "../../daemon/core/connector.ts";
import type { Fields, Value } from "../../daemon/core/record.ts";
import type { Fault } from "../../daemon/sandbox/simulator.ts";

/** The request that a fault is meant for, in words every tracker has. */
export type Operation = "signIn" | "list" | "create" | "update" | "remove";

export interface ArmedFault extends Pick<Fault, "kind" | "times" | "seconds" | "after" | "act"> {
  readonly on: Operation;
}

/** Values are valid for the field, differ from one another, and are in neutral form. */
export interface Sample<T extends Value = string> {
  readonly field: string;
  readonly values: readonly [T, T];
}

/** One tracker with one connector type, for the contract suite. Fields are null where the tracker has no such kind. */
export interface Fixture {
  readonly entity: string;
  /** The field every record needs: one line of text. */
  readonly text: string;
  readonly rich: string | null;
  /** Makes a rich value from plain paragraphs, in the field's markup. */
  paragraphs(lines: readonly string[]): string;
  /** Plain text of a stored rich value, paragraphs joined by line feeds. */
  plain(rich: string): string;
  readonly number: Sample | null;
  readonly date: Sample | null;
  readonly option: Sample | null;
  readonly multi: Sample<readonly string[]> | null;
  readonly user: Sample | null;
  readonly reference: Sample | null;
  /** A text field in which `find` looks; the engine keeps the partner's id there. `text` itself where the tracker has no other one. */
  readonly marker: string;
  /** Characters that `text` may not contain; absent: none. */
  readonly forbidden?: RegExp;
  /** Fields that every creation needs besides `text`. */
  readonly required: Fields;
  /** A field and a value that the tracker refuses aloud (not in a verified list, wrong type, too long). */
  readonly refused: { readonly field: string; readonly value: Value };
  /** Fields to leave out when all fields are emptied: the tracker keeps them filled by itself. */
  readonly keepsFilled?: readonly string[];
  /** A field and a value that the tracker drops without a word although it stores the rest; null where it has no such habit. */
  readonly dropped: { readonly field: string; readonly value: Value } | null;
  /** A filter in the tracker's own language for records whose text is exactly `text`, and one that is not well-formed. */
  filter(text: string): string;
  readonly badFilter: string;
  /** Another entity type's name under which `directory` answers; null where there is none. */
  readonly directory: string | null;
  /** An entity type that the tracker does not have. */
  readonly noEntity: string;
  /** An id of the right form that is not there. */
  readonly noId: string;
  /** As the connector type offers it. */
  checkFilter?(filter: string): string | null;
  /** A new connector with a session of its own; `pageSize` asks for small pages. */
  open(options?: { readonly pageSize?: number }): Promise<Connector>;
  /** One whose secret the tracker refuses. */
  openRefused(): Promise<Connector>;
  /** What another person does in the tracker meanwhile. */
  edit(id: string, fields: Fields): Promise<void>;
  remove(id: string): Promise<void>;
  /** Null where the tracker is real and cannot be told to misbehave. */
  readonly arm: ((fault: ArmedFault) => void) | null;
  /** Drops faults that were not met. */
  disarm(): void;
  /** Ends all sessions; null where the tracker has none. */
  readonly expire: (() => Promise<void>) | null;
  /** Requests that the tracker has seen so far; null where nobody counts. */
  readonly requests: (() => number) | null;
  /** Moves the tracker's clock on by at least two of its grains (a second), so that a later edit is later. */
  tick(): Promise<void>;
  close(): Promise<void>;
}

/** A text says why the suite cannot run here and how it can. */
export type MakeFixture = () => Promise<Fixture | string>;
