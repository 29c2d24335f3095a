// Follows a link to a page of the app without loading the client again. Used by several components.
// One step in the browser's history and one run of the opened page, as for the browser's "forward".
const follow = (event) => {
  if (event.metaKey || event.ctrlKey || event.shiftKey) return;
  event.preventDefault();
  history.pushState({}, "", event.currentTarget.href);
  dispatchEvent(new PopStateEvent("popstate"));
};
