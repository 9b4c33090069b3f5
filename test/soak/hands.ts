import type { AttachmentAdmin } from "../../daemon/sandbox/attachment-admin.ts";
import { agmLinks, almLinks, type Trackers } from "./part-pictures.ts";
import type { FileWanted, Hands } from "./parts.ts";
import type { End } from "./world.ts";

/** What people's hands do with files, comments, links and versions in the simulators. `idOf`: the record of a key. */
export function handsIn(trackers: () => Trackers, idOf: (end: End, key: string) => string): Hands {
  const files = (end: End): AttachmentAdmin =>
    (end === "alm" ? trackers().alm.admin.attachments : trackers().agm.admin.attachments) as AttachmentAdmin;
  const place = (end: End, key: string) => [end === "alm" ? "defects" : "backlog_items", idOf(end, key)] as const;
  const fileId = ({ end, key, name }: FileWanted) => {
    const found = files(end)
      .list(...place(end, key))
      .find((file) => file.name === name);
    if (found === undefined) throw new Error(`${end} ${key} has no ${name}`);
    return found.id;
  };
  return {
    addFile: (end, key, name, content) => void files(end).add(...place(end, key), { name, content }),
    changeFile: (file, content) => files(file.end).change(...place(file.end, file.key), fileId(file), { content }),
    removeFile: (file) => files(file.end).remove(...place(file.end, file.key), fileId(file)),
    memo(end, key) {
      const { alm, agm } = trackers();
      const id = idOf(end, key);
      return String(
        (end === "alm"
          ? alm.admin.get("defects", id)?.["dev-comments"]
          : agm.admin.get("backlog_items", Number(id))?.["dev_comments"]) ?? "",
      );
    },
    setMemo(end, key, memo) {
      const { alm, agm } = trackers();
      if (end === "alm") alm.admin.update("defects", idOf(end, key), { "dev-comments": memo });
      else agm.admin.update("backlog_items", Number(idOf(end, key)), { dev_comments: memo });
    },
    bind(end, a, b) {
      const { alm, agm } = trackers();
      const [from, to] = [idOf(end, a), idOf(end, b)];
      if (end === "alm") {
        const ends = { "first-endpoint-id": from, "second-endpoint-type": "defect", "second-endpoint-id": to };
        alm.admin.create("defect-links", ends);
      } else agm.admin.create("entity_links", { source_id: Number(from), target_id: Number(to) });
    },
    unbind(end, bond) {
      const { alm, agm } = trackers();
      const key = (id: string) => bond.split(" ").find((one) => idOf(end, one) === id) ?? id;
      const at = (end === "alm" ? almLinks(trackers(), key) : agmLinks(trackers(), key)).indexOf(bond);
      if (at === -1) throw new Error(`${end} has no link ${bond}`);
      if (end === "alm") {
        const defects = alm.admin.list("defect-links").filter((row) => row["second-endpoint-type"] === "defect");
        alm.admin.remove("defect-links", String(defects[at]?.["id"]));
      } else agm.admin.remove("entity_links", Number(agm.admin.list("entity_links")[at]?.["id"]));
    },
    setVersion(end, key, version) {
      const { alm, agm } = trackers();
      if (end === "alm") {
        const values = alm.admin.getList("Versions");
        if (!values.includes(version)) alm.admin.setList("Versions", [...values, version]);
        alm.admin.update("defects", idOf(end, key), { "detection-version": version });
        return;
      }
      const there = agm.admin.list("applications").find((one) => one["name"] === version);
      const application = there === undefined ? agm.admin.create("applications", { name: version }) : there["id"];
      agm.admin.update("backlog_items", Number(idOf(end, key)), { application_id: application });
    },
  };
}
