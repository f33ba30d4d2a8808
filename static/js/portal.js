// What the browser adds to pages that already work without it: the focus goes to what needs attention, passwords can be read.
document.querySelector("[data-focus]")?.focus();

for (const button of document.querySelectorAll("[data-show-password]")) {
  const input = document.getElementById(button.dataset.showPassword);
  const show = (visible) => {
    input.type = visible ? "text" : "password";
    button.setAttribute("aria-pressed", String(visible));
  };
  button.hidden = false;
  button.addEventListener("click", () => show(input.type === "password"));
  // A readable password must not end up in the browser's memory of form entries.
  input.form?.addEventListener("submit", () => show(false));
}
