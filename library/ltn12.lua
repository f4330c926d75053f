---@meta ltn12

---Gives the next chunk; nil at the end; nil and a message for a failure.
---@alias ltn12.Source fun(): string?, string?

---Takes a chunk, or nil at the end. Gives a true value to go on, or nil and a message.
---@alias ltn12.Sink fun(chunk: string?, message: string?): any, any

---Makes a chunk of a chunk. `""` asks for more of what it holds, nil is the end.
---@alias ltn12.Filter fun(chunk: string?): string?

---Passes one chunk on.
---@alias ltn12.Step fun(source: ltn12.Source, sink: ltn12.Sink): any, string?

---Sources, sinks, filters and pumps.
---@class ltn12
---@field BLOCKSIZE integer Bytes that sources of strings and files give at once.
---@field _VERSION string
local ltn12 = {}

ltn12.source = {}
ltn12.sink = {}
ltn12.filter = {}
ltn12.pump = {}

---A source of a string.
---@param text string|number|nil
---@return ltn12.Source
function ltn12.source.string(text) end

---A source of a file, which is closed at its end. Takes what io.open gives.
---@param handle file*?
---@param message? string
---@return ltn12.Source
function ltn12.source.file(handle, message) end

---A source of the elements of a list.
---@param list string[]
---@return ltn12.Source
function ltn12.source.table(list) end

---A source that has nothing.
---@return ltn12.Source
function ltn12.source.empty() end

---A source that fails.
---@param message any
---@return ltn12.Source
function ltn12.source.error(message) end

---A source of what several sources give, one after the other.
---@param ... ltn12.Source
---@return ltn12.Source
function ltn12.source.cat(...) end

---A source of what filters make of what a source gives.
---@param source ltn12.Source
---@param filter ltn12.Filter
---@param ... ltn12.Filter
---@return ltn12.Source
function ltn12.source.chain(source, filter, ...) end

---A source that takes chunks back when it is called with one.
---@param source ltn12.Source
---@return fun(chunk: string?): string?, string?
function ltn12.source.rewind(source) end

---A plain source out of one that may give another source to go on with.
---@param source fun(): string?, any
---@return ltn12.Source
function ltn12.source.simplify(source) end

---A sink that appends to a list, and the list.
---@param list? string[]
---@return ltn12.Sink sink
---@return string[] list
function ltn12.sink.table(list) end

---A sink that writes to a file, and closes it at the end. Takes what io.open gives.
---@param handle file*?
---@param message? string
---@return ltn12.Sink
function ltn12.sink.file(handle, message) end

---A sink that drops everything.
---@return ltn12.Sink
function ltn12.sink.null() end

---A sink that fails.
---@param message any
---@return ltn12.Sink
function ltn12.sink.error(message) end

---A sink that passes on what filters make of its chunks; the sink behind them is the last argument.
---@param filter ltn12.Filter
---@param ... ltn12.Filter|ltn12.Sink
---@return ltn12.Sink
function ltn12.sink.chain(filter, ...) end

---A plain sink out of one that may give another sink to go on with.
---@param sink fun(chunk: string?, message: string?): any, any
---@return ltn12.Sink
function ltn12.sink.simplify(sink) end

---A filter out of a function that keeps its state in its first argument.
---@param low fun(context: any, chunk: string?, extra: any): string?, any
---@param context? any
---@param extra? any
---@return ltn12.Filter
function ltn12.filter.cycle(low, context, extra) end

---A filter that does what several filters do, one after the other.
---@param ... ltn12.Filter
---@return ltn12.Filter
function ltn12.filter.chain(...) end

---Passes everything that a source gives to a sink.
---@param source ltn12.Source
---@param sink ltn12.Sink
---@param step? ltn12.Step
---@return 1? done
---@return any message
function ltn12.pump.all(source, sink, step) end

---Passes one chunk on.
---@param source ltn12.Source
---@param sink ltn12.Sink
---@return 1? done
---@return any message
function ltn12.pump.step(source, sink) end

return ltn12
