// What a page does by itself: it keeps the list of its sections, and shows what can be scrolled.
document.addEventListener("DOMContentLoaded", () => {
  const roomy = window.matchMedia("(min-width: 1430px)");
  const list = document.querySelector("nav.sections details");
  const links = list ? [...list.querySelectorAll("a")] : [];
  const places = links.map((link) => document.getElementById(link.hash.slice(1)));

  function follow() { // The section that is being read is the last one that begins above.
    const read = places.findLastIndex((place) => place.getBoundingClientRect().top < 160);
    links.forEach((link, index) => link.setAttribute("aria-current", index === read));
  }
  function unfold() {
    if (list) list.open = roomy.matches;
  }
  roomy.addEventListener("change", unfold);
  unfold();
  document.addEventListener("scroll", follow, { capture: true, passive: true });
  follow();

  // A table or a drawing wider than its place says so, until its end is reached.
  const boxes = [...document.querySelectorAll(".contents div.wide, .drawing .scroll")];
  function mark(box) {
    const rest = box.scrollWidth - box.clientWidth;
    box.classList.toggle("scrolls", rest > 1);
    box.classList.toggle("ended", box.scrollLeft >= rest - 1);
  }
  const sizes = new ResizeObserver((changed) => changed.forEach(({ target }) => mark(target)));
  for (const box of boxes) {
    sizes.observe(box);
    box.addEventListener("scroll", () => mark(box), { passive: true });
  }
});
