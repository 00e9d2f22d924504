#!/usr/bin/env node
/** The command as npm links it: here before the first build, and executable. */
import '../dist/bin.js';
