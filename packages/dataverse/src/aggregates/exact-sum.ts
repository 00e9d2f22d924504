/** exactSum: the sum of decimal numbers, in which a tenth and two tenths are three tenths. */

/** The sum, reckoned digit by digit. */
export function exactSum(numbers: readonly number[]): number {
  const reach = numbers.reduce((most, one) => most + Math.abs(one), 0);
  if (numbers.every(Number.isInteger) && Number.isSafeInteger(reach)) {
    return numbers.reduce((total, one) => total + one, 0);
  }
  const decimals = numbers.map(decimalOf);
  const scale = decimals.reduce((widest, one) => Math.max(widest, one.scale), 0);
  let sum = 0n;
  for (const { digits, scale: own } of decimals) sum += digits * 10n ** BigInt(scale - own);
  return Number(`${sum}e-${scale}`);
}

interface Decimal {
  readonly digits: bigint;
  /** How many of the digits are behind the point. */
  readonly scale: number;
}

function decimalOf(number: number): Decimal {
  const [mantissa = '', exponent = '0'] = String(number).split('e');
  const [whole = '', fraction = ''] = mantissa.split('.');
  const digits = BigInt(whole + fraction);
  const scale = fraction.length - Number(exponent);
  return scale < 0 ? { digits: digits * 10n ** BigInt(-scale), scale: 0 } : { digits, scale };
}
