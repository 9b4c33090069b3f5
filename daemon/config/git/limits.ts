/** Bounds of what is read of one commit. Bytes where not said otherwise. */
export interface TreeLimits {
  readonly file: number;
  /** Number of files, and of folders, below the three folders. */
  readonly files: number;
  readonly total: number;
}

export const TREE_LIMITS: TreeLimits = { file: 1024 * 1024, files: 5_000, total: 64 * 1024 * 1024 };

/** The folders of a repository that are configuration; everything else in it is somebody else's. */
export const CONFIG_FOLDERS = ["rules", "mappings", "users"] as const;
