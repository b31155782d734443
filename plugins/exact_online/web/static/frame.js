// The one React component: our server-made pages in a frame of Airflow's own page, kept in step with its address.
(() => {
  const { createElement, useEffect, useRef } = globalThis.React;
  const base = new URL(document.baseURI).pathname.replace(/\/$/, "");
  const outside = `${base}/plugin/exact-online`;
  const inside = `${base}/exact-online`;

  const wanted = () => {
    const { pathname, search } = globalThis.location;
    const rest = pathname.startsWith(outside) ? pathname.slice(outside.length) : "";
    return `${inside}${rest || "/"}${search}`;
  };

  globalThis.AirflowPlugin = function ExactOnline() {
    const frame = useRef(null);
    const first = useRef(wanted());
    useEffect(() => {
      const element = frame.current;
      const follow = () => {
        let place;
        try {
          place = element.contentWindow.location;
        } catch {
          return;
        }
        if (!place.pathname.startsWith(inside)) return;
        const query = new URLSearchParams(place.search);
        query.delete("done");
        const search = query.size ? `?${query}` : "";
        const rest = place.pathname.slice(inside.length).replace(/\/$/, "");
        globalThis.history.replaceState(globalThis.history.state, "", `${outside}${rest}${search}`);
      };
      element.addEventListener("load", follow);
      return () => element.removeEventListener("load", follow);
    }, []);
    return createElement("iframe", {
      ref: frame,
      src: first.current,
      title: "Exact Online",
      style: { border: 0, display: "block", height: "100%", width: "100%" },
    });
  };
})();
