// Parses Swift files and fails on the first syntax the grammar does not know.
// Run as: node parse.mjs FOLDER FILE... ; FOLDER holds the node_modules.
import fs from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';

const [folder, ...files] = process.argv.slice(2);
const modules = path.resolve(folder, 'node_modules');
const { Parser, Language } = await import(pathToFileURL(path.join(modules, 'web-tree-sitter/tree-sitter.js')));
await Parser.init();
const parser = new Parser();
parser.setLanguage(await Language.load(path.join(modules, 'tree-sitter-wasms/out/tree-sitter-swift.wasm')));

let wrong = 0;
const walk = (node, file) => {
	if (node.isError || node.isMissing) {
		const { row, column } = node.startPosition;
		console.error(`${file}:${row + 1}:${column + 1}: ${node.isMissing ? 'missing ' + node.type : 'not Swift'}: ${node.text.slice(0, 80)}`);
		wrong++;
	}
	for (const child of node.children) walk(child, file);
};
for (const file of files) {
	const tree = parser.parse(fs.readFileSync(file, 'utf8'));
	walk(tree.rootNode, file);
	// A file that parses to nothing has not been parsed.
	if (tree.rootNode.namedChildCount === 0) {
		console.error(`${file}: empty`);
		wrong++;
	}
}
if (files.length === 0) wrong++;
console.log(`${files.length} Swift files, ${wrong} faults`);
process.exit(wrong === 0 ? 0 : 1);
