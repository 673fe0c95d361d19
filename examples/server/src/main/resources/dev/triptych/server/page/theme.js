// Before first paint: the theme and the language that were chosen last.
(() => {
  const kept = name => { try { return localStorage.getItem(name); } catch { return null; } };
  const theme = kept("triptych.theme");
  if (theme === "light" || theme === "dark") document.documentElement.dataset.theme = theme;
  const language = kept("triptych.language") ?? (navigator.language.startsWith("zh") ? "zh" : "en");
  document.documentElement.lang = language === "zh" ? "zh-Hans" : "en";
})();
