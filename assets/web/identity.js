// Keeps this person's secret in a cookie, so that their runs are theirs after a reload. Only this page's own server
// gets it back, and it stands in no address. Where another tab kept one first, that one is told to the app.

import { tell } from "./common/calm.js";

const DAYS = 365;

export const cookie = (name, value, secure) =>
  `${name}=${value}; Path=/; Max-Age=${DAYS * 86400}; SameSite=Strict${secure ? "; Secure" : ""}`;

export function found(cookies, name) {
  const pairs = cookies.split("; ").map((pair) => pair.split("="));
  return pairs.find(([known]) => known === name)?.[1] ?? "";
}

export default function keep({ parentElement, data, setTriggerValue }) {
  const [name, secret] = data;
  const kept = found(document.cookie, name);
  // biome-ignore lint/suspicious/noDocumentCookie: the Cookie Store API needs https, which a server at home has not
  if (!kept) document.cookie = cookie(name, secret, location.protocol === "https:");
  else if (kept !== secret) tell(parentElement, () => setTriggerValue("kept", kept));
}
