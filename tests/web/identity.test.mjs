// The cookie that holds a person's secret.

import assert from "node:assert/strict";
import { test } from "node:test";
import keep, { cookie, found } from "../../assets/web/identity.js";

test("it is found among others by its whole name", () => {
  assert.equal(found("a=1; spex_person=abc; b=2", "spex_person"), "abc");
  assert.equal(found("other_spex_person=abc", "spex_person"), "");
  assert.equal(found("", "spex_person"), "");
});

test("it goes to this server alone, and over https where there is https", () => {
  assert.match(cookie("n", "v", false), /^n=v; Path=\/; Max-Age=31536000; SameSite=Strict$/);
  assert.match(cookie("n", "v", true), /; Secure$/);
});

test("the first one that a browser keeps stays, and the app is told", () => {
  const told = [];
  globalThis.document = { cookie: "", querySelector: () => null };
  globalThis.location = { protocol: "http:" };
  const parentElement = { isConnected: true };
  const visit = (secret) => keep({ parentElement, data: ["n", secret], setTriggerValue: (...said) => told.push(said) });
  visit("first");
  assert.match(document.cookie, /^n=first;/);
  globalThis.document = { cookie: "n=first", querySelector: () => null };
  visit("first");
  assert.deepEqual(told, []);
  visit("second");
  assert.deepEqual(told, [["kept", "first"]]);
  assert.equal(document.cookie, "n=first");
});
