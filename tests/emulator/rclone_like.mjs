// A Drive client in another language, with the habits of rclone: POST on a session's address, an empty `fields=`,
// nanosecond times, many parents in one query, Host www.googleapis.com. Only what Node brings along.
// Usage: node rclone_like.mjs http://127.0.0.1:PORT  -> one JSON line with what it saw.
import { createHash, randomBytes } from "node:crypto";
import { request } from "node:http";

const base = process.argv[2];
const port = Number(new URL(base).port);

// Through a proxy a client says Google's name while it talks to this machine.
function send(method, path, { headers = {}, body } = {}) {
  return new Promise((resolve, reject) => {
    const call = request(
      { host: "127.0.0.1", port, method, path, headers: { Host: "www.googleapis.com", ...headers } },
      (answer) => {
        const pieces = [];
        answer.on("data", (piece) => pieces.push(piece));
        answer.on("end", () =>
          resolve({ status: answer.statusCode, headers: answer.headers, body: Buffer.concat(pieces) }));
      });
    call.on("error", reject);
    call.end(body);
  });
}

const form = new URLSearchParams({
  grant_type: "refresh_token", refresh_token: "emulator", client_id: "rclone", client_secret: "s",
});
const token = await (await fetch(`${base}/token`, { method: "POST", body: form })).json();
const auth = { Authorization: `${token.token_type} ${token.access_token}` };
const json = { ...auth, "Content-Type": "application/json" };
const odd = "alt=json&prettyPrint=false&supportsAllDrives=true&supportsTeamDrives=true&includeItemsFromAllDrives=true" +
  "&enforceSingleParent=true&corpora=user&spaces=drive&keepRevisionForever=false&setModifiedDate=true";

async function create(body) {
  const answer = await fetch(`${base}/drive/v3/files?${odd}&fields=id,name,modifiedTime,parents`, {
    method: "POST", headers: json, body: JSON.stringify(body),
  });
  return answer.json();
}

const root = await (await fetch(`${base}/drive/v3/files/root?fields=id&${odd}`, { headers: auth })).json();
const folders = [];
for (let n = 0; n < 50; n++) {
  folders.push(await create({ name: `dir ${n}`, mimeType: "application/vnd.google-apps.folder", parents: [root.id] }));
}

// A resumable upload, chunk by chunk, with POST on the address that came back.
const chunk = 256 * 1024;
const content = randomBytes(2 * chunk + 12345);
const opened = await send("POST", `/upload/drive/v3/files?uploadType=resumable&fields=*&${odd}`, {
  headers: { ...json, "X-Upload-Content-Type": "image/jpeg", "X-Upload-Content-Length": content.length },
  body: JSON.stringify({ name: "r.jpg", parents: [folders[0].id], modifiedTime: "2024-05-01T10:00:00.123456789Z" }),
});
const session = new URL(opened.headers.location);
const steps = [];
let file;
for (let at = 0; at < content.length; at += chunk) {
  const end = Math.min(at + chunk, content.length);
  const answer = await send("POST", session.pathname + session.search, {
    headers: { "Content-Range": `bytes ${at}-${end - 1}/${content.length}`, "Content-Length": end - at },
    body: content.subarray(at, end),
  });
  steps.push([answer.status, answer.headers.range ?? null]);
  if (answer.status !== 308) file = JSON.parse(answer.body);
}

const parents = folders.map((each) => `'${each.id}' in parents`).join(" or ");
const q = `trashed=false and (${parents}) and (name='R.JPG')`;
const listed = await (await fetch(`${base}/drive/v3/files?${new URLSearchParams({ q, fields: "files(id)" })}&${odd}`,
  { headers: auth })).json();
const shared = await fetch(`${base}/drive/v3/files/${file.id}/permissions?fields=&${odd}`, {
  method: "POST", headers: json, body: JSON.stringify({ type: "anyone", role: "reader" }),
});
const part = await fetch(`${base}/drive/v3/files/${file.id}?alt=media&acknowledgeAbuse=true`, {
  headers: { ...auth, Range: "bytes=100-199" },
});
const bytes = Buffer.from(await part.arrayBuffer());

console.log(JSON.stringify({
  location: `${session.protocol}//${session.host}`,
  steps,
  name: file.name,
  modified: file.modifiedTime,
  md5: file.md5Checksum === createHash("md5").update(content).digest("hex"),
  listed: listed.files.map((each) => each.id).join() === file.id,
  permission: (await shared.json()).id,
  range: part.status === 206 && bytes.equals(content.subarray(100, 200)),
  contentRange: part.headers.get("content-range"),
  links: file.webViewLink.startsWith("https://drive.google.com/"),
}));
