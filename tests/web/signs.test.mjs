import assert from "node:assert/strict";
import { test } from "node:test";

import { visible } from "../../assets/web/common/signs.js";

test("what XML has no place for becomes a sign", () => {
  assert.equal(visible("\u001b[1mnot\u0000bad"), "␛[1mnot␀bad");
  assert.equal(visible("\ufffe \uffff"), "\ufffd \ufffd");
  assert.equal(visible("half \ud83d, \ude00 half"), "half \ufffd, \ufffd half");
});

test("all other text stays as it is", () => {
  const text = "tab\t, lines\r\n, \u0080 \u007f, naïve 文字 😀, \u202e, \ufffd, \u{1fffe}";
  assert.equal(visible(text), text);
});

test("every code unit is one afterwards, and one that XML has", () => {
  for (let code = 0; code < 0x10000; code++) {
    const [before, after] = [`a${String.fromCharCode(code)}b`, visible(`a${String.fromCharCode(code)}b`)];
    assert.equal(after.length, before.length);
    const now = after.charCodeAt(1);
    const fits = [9, 10, 13].includes(now) || (now >= 32 && now <= 0xd7ff) || (now >= 0xe000 && now <= 0xfffd);
    assert.ok(fits, code.toString(16));
  }
});
