// What Streamlit loads for the explorer.

import { mount } from "../common/mount.js";
import { App } from "./app.js";

export default mount(App);
