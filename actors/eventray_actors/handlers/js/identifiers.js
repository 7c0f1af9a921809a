// Chance and the ids made of it. Each call gets 128 fresh bits from the operating system.

let seedA = 0, seedB = 0, seedC = 0, counter = 0;

function seedRandom(seeds) {
  [seedA, seedB, seedC, counter] = seeds;
}

// sfc32 (public domain, Chris Doty-Humphrey): 32 random bits.
function randomBits() {
  const sum = (((seedA + seedB) | 0) + counter) | 0;
  counter = (counter + 1) | 0;
  seedA = seedB ^ (seedB >>> 9);
  seedB = (seedC + (seedC << 3)) | 0;
  seedC = (seedC << 21) | (seedC >>> 11);
  seedC = (seedC + sum) | 0;
  return sum >>> 0;
}

function randomUnit() {
  return (randomBits() * 2097152 + (randomBits() >>> 11)) / 9007199254740992;
}

function randomBytes(count) {
  const bytes = [];
  while (bytes.length < count) {
    const bits = randomBits();
    bytes.push(bits & 255, (bits >>> 8) & 255, (bits >>> 16) & 255, bits >>> 24);
  }
  return bytes.slice(0, count);
}

function hexOf(bytes) {
  return bytes.map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

function autoId() {
  const bytes = randomBytes(16);
  bytes[6] = (bytes[6] & 15) | 64;
  bytes[8] = (bytes[8] & 63) | 128;
  const hex = hexOf(bytes);
  return [[0, 8], [8, 12], [12, 16], [16, 20], [20, 32]].map(([from, to]) => hex.slice(from, to)).join("-");
}

// Big-endian bytes to a fixed number of digits in another base.
function digitsOf(bytes, alphabet, count) {
  const base = alphabet.length;
  let number = bytes.slice();
  let digits = "";
  while (digits.length < count) {
    let remainder = 0;
    number = number.map((byte) => {
      const value = remainder * 256 + byte;
      remainder = value % base;
      return Math.floor(value / base);
    });
    digits = alphabet[remainder] + digits;
  }
  return digits;
}

function bigEndian(value, count) {
  const bytes = [];
  let rest = value;
  while (bytes.length < count) {
    bytes.unshift(rest % 256);
    rest = Math.floor(rest / 256);
  }
  return bytes;
}

function autoUlid() {
  const bytes = bigEndian(invocation.now, 6).concat(randomBytes(10));
  return digitsOf(bytes, "0123456789ABCDEFGHJKMNPQRSTVWXYZ", 26);
}

const KSUID_EPOCH = 1400000000;

function autoKsuid() {
  const seconds = Math.floor(invocation.now / 1000) - KSUID_EPOCH;
  const bytes = bigEndian(seconds, 4).concat(randomBytes(16));
  return digitsOf(bytes, "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz", 27);
}
