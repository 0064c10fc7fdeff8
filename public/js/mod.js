import './mod/mod-main.js';
