/** A file of a record as the web page or desktop client shows it. */
export interface SandboxFile {
  readonly id: string;
  readonly name: string;
  /** As stored: Quality Center keeps a whole HTML document. Empty where there is none. */
  readonly description: string;
  /** True for an address that somebody attached instead of a file. */
  readonly link: boolean;
  readonly content: Buffer;
}

export interface SandboxFileDraft {
  readonly name: string;
  readonly description?: string;
  readonly link?: boolean;
  readonly content: string | Uint8Array;
}

/** What people do with files, behind the back of whoever talks HTTP. Throws for a record or file that is not there. `C`: names of collections. */
export interface AttachmentAdmin<C extends string = string> {
  /** Oldest first; none for a record that is not there. */
  list(collection: C, record: string | number): readonly SandboxFile[];
  /** The new file's id. */
  add(collection: C, record: string | number, file: SandboxFileDraft): string;
  /** Under the same id; what is left out stays. */
  change(collection: C, record: string | number, file: string, changes: Partial<SandboxFileDraft>): void;
  remove(collection: C, record: string | number, file: string): void;
}
