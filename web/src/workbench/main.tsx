import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { App } from "./App";
import "../shared/styles/tokens.css";
import "../shared/styles/parts.css";
import "../shared/styles/content.css";
import "../shared/styles/layout.css";
import "../shared/styles/highlights.css";
import "../shared/styles/scores.css";

const root = document.getElementById("root");
if (!root) throw new Error("index.html has no #root");
createRoot(root).render(
  <StrictMode>
    <App />
  </StrictMode>,
);
