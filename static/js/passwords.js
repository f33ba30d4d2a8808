// Tells, while a new password is typed, how long it is. What else makes it good is told by the server, without this too.
for (const feedback of document.querySelectorAll("[data-password-feedback]")) {
  const input = document.getElementById(feedback.dataset.passwordFeedback);
  const { shortest, longest, short, enough, uniform, long } = feedback.dataset;
  const [seen, heard] = feedback.children;
  let pause;
  const tell = () => {
    const signs = [...input.value.normalize("NFKC")]; // counted as the server counts
    const isGood = signs.length >= shortest && signs.length <= longest && new Set(signs).size >= 5;
    const words = signs.length < shortest ? short : signs.length > longest ? long : isGood ? enough : uniform;
    seen.textContent = words.replace("{count}", signs.length);
    feedback.classList.toggle("enough", isGood);
    // a voice that told of every key would be in the way of the next one
    clearTimeout(pause);
    pause = setTimeout(() => { heard.textContent = signs.length ? seen.textContent : ""; }, 1000);
  };
  input.addEventListener("input", tell);
  feedback.hidden = false;
  tell();
}
