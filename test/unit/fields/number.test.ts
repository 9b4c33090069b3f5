import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { canonicalDecimal } from "../../../daemon/fields/number.ts";

const digits = fc.stringMatching(/^\d{1,40}$/);
const decimal = fc
  .tuple(fc.constantFrom("", "-", "+"), digits, fc.option(digits, { nil: null }))
  .map(([sign, whole, fraction]) => `${sign}${whole}${fraction === null ? "" : `.${fraction}`}`);
const exponent = fc.integer({ min: -99, max: 99 });

test("T23 a number has one spelling", () => {
  for (const [given, wanted] of [
    ["1.50", "1.5"],
    ["007", "7"],
    ["-0", "0"],
    ["-0.00", "0"],
    ["+5", "5"],
    [".5", "0.5"],
    ["5.", "5"],
    ["1e3", "1000"],
    ["1E-3", "0.001"],
    ["12.5e1", "125"],
    ["-1.2e-1", "-0.12"],
    ["1e+21", "1000000000000000000000"],
    ["0e-5", "0"],
    [" 3 ", "3"],
    ["0.1", "0.1"],
    ["0.10000000000000001", "0.10000000000000001"],
    ["12345678901234567890.123456789", "12345678901234567890.123456789"],
  ] as const)
    assert.equal(canonicalDecimal(given), wanted, given);
});

test("what is no number is none", () => {
  for (const given of [
    "",
    " ",
    ".",
    "-",
    "1,5",
    "1.2.3",
    "0x10",
    "NaN",
    "Infinity",
    "1e",
    "e5",
    "1e9999",
    "12 kg",
    "١",
  ])
    assert.equal(canonicalDecimal(given), null, given);
});

test("a canonical decimal is its own canonical form", () => {
  fc.assert(
    fc.property(decimal, exponent, (text, by) => {
      for (const given of [text, `${text}e${by}`]) {
        const once = canonicalDecimal(given) ?? assert.fail(given);
        assert.match(once, /^(?:0|-?(?:[1-9]\d*|0)(?:\.\d*[1-9])?)$/);
        assert.equal(canonicalDecimal(once), once);
      }
    }),
  );
});

test("T23 no digit is lost and none is made up: equal exactly where the numbers are", () => {
  // Scaled to whole numbers that BigInt holds exactly.
  const scaled = (text: string, by: number): bigint => {
    const [, sign, whole = "", fraction = ""] = /^([+-]?)(\d+)(?:\.(\d+))?$/.exec(text) ?? assert.fail(text);
    const at = BigInt(whole + fraction) * 10n ** BigInt(200 + by - fraction.length);
    return sign === "-" ? -at : at;
  };
  fc.assert(
    fc.property(decimal, exponent, (text, by) => {
      const found = canonicalDecimal(`${text}e${by}`) ?? assert.fail(text);
      assert.equal(scaled(found, 0), scaled(text, by));
    }),
  );
});

test("every finite number of JavaScript survives as text", () => {
  fc.assert(
    fc.property(fc.double({ noDefaultInfinity: true, noNaN: true }), (number) => {
      const text = canonicalDecimal(String(number)) ?? assert.fail(String(number));
      assert.equal(Number(text), number === 0 ? 0 : number);
    }),
  );
});
