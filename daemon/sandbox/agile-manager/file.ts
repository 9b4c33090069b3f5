import type { AttachmentAdmin } from "../attachment-admin.ts";
import { invalidValue, notFound } from "./refusal.ts";
import type { ResourceName } from "./schema.ts";
import type { AttachmentRow } from "./store.ts";
import type { Workspace } from "./workspace.ts";

export interface Upload {
  readonly name: string;
  readonly description: string | null;
  readonly bytes: Buffer;
}

/** Throws `Refusal` for a file that is too large. */
export function storeFile(
  workspace: Workspace,
  resource: ResourceName,
  parentId: number,
  upload: Upload,
  actor: string,
): AttachmentRow {
  checkSize(workspace, upload.bytes);
  const { name, description, bytes } = upload;
  const row: AttachmentRow = {
    id: workspace.store.nextId("attachment"),
    ...{ resource, parentId, name, description, author: actor },
    modified: workspace.stamp(),
    content: bytes.toString("base64"),
  };
  put(workspace, row);
  return row;
}

export function removeFile(workspace: Workspace, row: AttachmentRow): void {
  workspace.store.transact(() => {
    workspace.store.apply({ detach: row.id });
    touchParent(workspace, row);
  });
}

function put(workspace: Workspace, row: AttachmentRow): void {
  workspace.store.transact(() => {
    workspace.store.apply({ attach: row });
    touchParent(workspace, row);
  });
}

function touchParent(workspace: Workspace, { resource, parentId }: AttachmentRow): void {
  const parent = workspace.store.get(resource, parentId);
  if (parent === undefined || !workspace.switches.attachmentTouchesParent) return;
  workspace.store.apply({ put: resource, entity: { ...parent, last_modified: workspace.stamp() } });
}

function checkSize(workspace: Workspace, bytes: Buffer): void {
  const { maxAttachmentBytes } = workspace.switches;
  if (bytes.length > maxAttachmentBytes)
    throw invalidValue(`The attachment is larger than ${maxAttachmentBytes} bytes`);
}

/** Throws `Refusal`, as the rest of `admin` does. */
export function createAttachmentAdmin(workspace: Workspace, actor: string): AttachmentAdmin<ResourceName> {
  const { store } = workspace;

  function rowOf(resource: ResourceName, record: string | number, file: string): AttachmentRow {
    const row = store.attachments(resource, Number(record)).find(({ id }) => String(id) === file);
    if (row === undefined) throw notFound(`There is no attachment ${file} of ${resource} ${record}`);
    return row;
  }

  return {
    list: (resource, record) =>
      store.attachments(resource, Number(record)).map(({ id, name, description, content }) => ({
        ...{ id: String(id), name, description: description ?? "", link: false },
        content: Buffer.from(content, "base64"),
      })),
    add(resource, record, { name, description = "", content }) {
      if (workspace.schema.get(resource)?.attachments !== true || store.get(resource, Number(record)) === undefined)
        throw notFound(`There is no ${resource} ${record} that could have attachments`);
      const upload = { name, description: description === "" ? null : description, bytes: Buffer.from(content) };
      return String(storeFile(workspace, resource, Number(record), upload, actor).id);
    },
    change(resource, record, file, { name, description, content }) {
      const row = rowOf(resource, record, file);
      if (content !== undefined) checkSize(workspace, Buffer.from(content));
      put(workspace, {
        ...row,
        ...(name === undefined ? {} : { name }),
        ...(description === undefined ? {} : { description: description === "" ? null : description }),
        ...(content === undefined ? {} : { content: Buffer.from(content).toString("base64") }),
        modified: workspace.stamp(),
      });
    },
    remove: (resource, record, file) => removeFile(workspace, rowOf(resource, record, file)),
  };
}
