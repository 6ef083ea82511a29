// Elements, and numbers as a reader wants them.

export function el(tag, attributes = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith("on")) made.addEventListener(name.slice(2), value);
    else if (value === true) made.setAttribute(name, "");
    else if (value !== false && value != null) made.setAttribute(name, value);
  }
  made.append(...children);
  return made;
}

// Writes only what differs, so that the browser has nothing to lay out.
export function write(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

// A chapter of the tutorial. It opens beside the Lab, which goes on.
let built = true;
export function chapter(page, anchor, ...words) {
  const place = `/docs/${page}${anchor ? `#${anchor}` : ""}`;
  return el("a", { href: place, target: "tutorial", title: "The chapter that explains it", class: "chapter" }, ...words);
}

export function tutorialIs(there) {
  if (there === built) return;
  built = there;
  const title = built ? "The chapter that explains it" : "./run docs builds it";
  for (const link of document.querySelectorAll("a.chapter")) link.title = title;
}

// Only the reader who steers may use what has this class.
export function allowSteering(allowed) {
  for (const element of document.querySelectorAll(".steer")) element.disabled = !allowed;
}

// Three digits tell enough: the next ones are noise.
export function digits(value) {
  if (value == null) return "–";
  const shown = value < 0.005 ? 0 : value;
  const decimals = shown === 0 || shown >= 100 ? 0 : shown >= 10 ? 1 : 2;
  const whole = shown >= 1000 ? Number(shown.toPrecision(3)) : shown;
  return whole.toLocaleString("en", { minimumFractionDigits: decimals, maximumFractionDigits: decimals });
}

export const milliseconds = (us) => (us == null ? null : us / 1000);
