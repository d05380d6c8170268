/** What the browser runs on the pages beside the globe. */
import { hydrateIslands, replaceIslands } from "./island.tsx";
import { AnomaliesPage, keepWishes } from "./pages/AnomaliesPage.tsx";
import { AnomalyPage } from "./pages/AnomalyPage.tsx";
import { StatusPage } from "./pages/StatusPage.tsx";
import { PageTools } from "./PageTools.tsx";
import { keepTheme } from "./theme.ts";
import { keepUnits } from "./units.ts";

keepTheme();
keepUnits();
if (document.querySelector("[data-island=AnomaliesPage]")) keepWishes();
hydrateIslands({ PageTools });
replaceIslands({ AnomaliesPage, AnomalyPage, StatusPage });
