/* Builds the page. */

function leadText() {
  const pictures = report.cells.filter((cell) => cell.picture).length;
  const missing = report.cells.length - pictures;
  const day = new Date(report.finished).toLocaleDateString("en-GB", { day: "numeric", month: "long", year: "numeric", timeZone: "UTC" });
  return [counted(report.rows.length, "prompt"), counted(report.generators.length, "generator"), counted(pictures, "picture"),
    missing ? missing + " missing" : "", day].filter(Boolean);
}

byId("lead").append(...inline(leadText()));
startTheme();
buildTable(byId("table-place"));
buildGallery(byId("gallery"));
startFilters();
buildVote(byId("vote-place"));
buildLikeness(byId("likeness-place"));
buildMeasures(byId("measures-place"));
startKeys();
