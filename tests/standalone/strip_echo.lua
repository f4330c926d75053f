-- Takes the echo of typed lines out of a transcript of the interactive mode.
--
-- Debian's lua5.4 reads its input through readline, which echoes each line; moontide does not. The
-- transcript comes on standard input, the typed lines in the file arg[1].
local transcript = io.read("*a")
local position = (transcript:find("\n", 1, true) or 0) + 1
local pieces = {transcript:sub(1, position - 1)} -- the version
for line in io.lines(arg[1]) do
  local first, last = transcript:find(line .. "\n", position, true)
  if first then
    pieces[#pieces + 1] = transcript:sub(position, first - 1)
    position = last + 1
  end
end
pieces[#pieces + 1] = transcript:sub(position)
io.write(table.concat(pieces))
