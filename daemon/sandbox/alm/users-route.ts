import type { SandboxResponse } from "../message.ts";
import { generalError, NoSuchPath } from "./errors.ts";
import { answerFormat } from "./negotiate.ts";
import { cacheable, type ProjectCall } from "./project-call.ts";
import type { AlmUser } from "./schema.ts";
import { element, textElement, XML_HEAD } from "./xml.ts";

/** `P/customization/users[/{name}]`. A person's addresses stand in one field, joined by `;`. */
export function usersRoute(call: ProjectCall, path: readonly string[]): SandboxResponse {
  if (path.length > 1) throw new NoSuchPath();
  const format = answerFormat(call.request);
  const { users } = call.project.schema;
  const name = path[0];
  if (name !== undefined) {
    const user = users.get(name);
    if (user === undefined) throw generalError(404, `User '${name}' does not exist`);
    return cacheable(
      call,
      format,
      format === "xml" ? XML_HEAD + userXml(call, user) : JSON.stringify(userJson(call, user)),
    );
  }
  const names = call.request.query.get("name")?.split(",") ?? null;
  const found = [...users.values()].filter((user) => names?.includes(user.login) ?? true);
  if (format === "xml")
    return cacheable(call, format, XML_HEAD + element("Users", {}, ...found.map((user) => userXml(call, user))));
  const list = found.map((user) => userJson(call, user));
  const body = call.project.switches.usersJson === "camel" ? { users: list } : { Users: { User: list } };
  return cacheable(call, format, JSON.stringify(body));
}

function userXml(call: ProjectCall, user: AlmUser): string {
  const details = call.project.profile.userDetails
    ? {
        before: [textElement("userAvatarCache", -1), element("description", {})],
        after: [textElement("UserActive", user.active)],
      }
    : { before: [], after: [] };
  return element(
    "User",
    { Name: user.login, FullName: user.name },
    ...details.before,
    textElement("email", user.emails.join(";")),
    element("phone", {}),
    ...details.after,
  );
}

function userJson(call: ProjectCall, user: AlmUser): Record<string, unknown> {
  const email = user.emails.join(";");
  if (call.project.switches.usersJson === "camel") {
    return { name: user.login, fullName: user.name, email, phone: null, userActive: user.active };
  }
  const details = call.project.profile.userDetails
    ? { userAvatarCache: -1, description: null, UserActive: user.active }
    : {};
  return { Name: user.login, FullName: user.name, email, phone: null, ...details };
}
