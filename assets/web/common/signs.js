// Characters that nobody would see and XML has no place for: controls other than tab and line breaks, halves of broken
// characters, U+FFFE and U+FFFF. As signs they are as long as before, so that positions in a text stay right.

const UNSEEN = /[^\P{Cc}\t\n\r\x7F-\x9F]|[\p{Cs}\uFFFE\uFFFF]/gu;
const PICTURES = 0x2400; // Unicode's "control pictures", in the order of the controls
const UNKNOWN = "\uFFFD";

const sign = (character) => {
  const code = character.charCodeAt(0);
  return code < 0x20 ? String.fromCharCode(PICTURES + code) : UNKNOWN;
};

export const visible = (text) => text.replace(UNSEEN, sign);
