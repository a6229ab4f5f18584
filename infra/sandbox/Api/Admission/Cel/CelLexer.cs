using System.Globalization;
using System.Text;

namespace Sophia.Keda.Reactor.Sandbox.Api.Admission.Cel;

public enum CelTokenKind
{
    Name,
    Number,
    Text,
    Symbol,
    End,
}

/// <param name="Kind">What it is.</param>
/// <param name="Text">As written; of a string what it says.</param>
/// <param name="At">Its first character, from 0.</param>
public readonly record struct CelToken(CelTokenKind Kind, string Text, int At);

/// <summary>Cuts an expression into tokens.</summary>
public sealed class CelLexer
{
    private static readonly string[] Symbols =
        ["&&", "||", "==", "!=", "<=", ">=", "(", ")", "[", "]", "{", "}", ",", ".", ":", "?", "!", "<", ">", "+", "-", "*", "/", "%"];

    private readonly string _text;
    private int _at;

    private CelLexer(string text) => _text = text;

    public static List<CelToken> Read(string text)
    {
        var lexer = new CelLexer(text);
        var tokens = new List<CelToken>();
        do
        {
            tokens.Add(lexer.Next());
        }
        while (tokens[^1].Kind != CelTokenKind.End);

        return tokens;
    }

    private CelToken Next()
    {
        Skip();
        var start = _at;
        if (start == _text.Length)
            return new CelToken(CelTokenKind.End, "the end", start);
        var c = _text[start];
        if (c is '"' or '\'')
            return new CelToken(CelTokenKind.Text, Quoted(raw: false), start);
        if (char.IsAsciiDigit(c))
            return Number(start);
        if (char.IsAsciiLetter(c) || c == '_')
        {
            while (_at < _text.Length && (char.IsAsciiLetterOrDigit(_text[_at]) || _text[_at] == '_'))
                _at++;
            var name = _text[start.._at];
            if (_at == _text.Length || _text[_at] is not ('"' or '\''))
                return new CelToken(CelTokenKind.Name, name, start);
            return name is "r" or "R" ? new CelToken(CelTokenKind.Text, Quoted(raw: true), start) : throw CelException.NotHere($"a string that begins with {name}{_text[_at]}");
        }

        if (Symbols.FirstOrDefault(s => string.CompareOrdinal(_text, start, s, 0, s.Length) == 0) is not { } symbol)
            throw CelException.Syntax($"unexpected '{c}'", start);
        _at += symbol.Length;
        return new CelToken(CelTokenKind.Symbol, symbol, start);
    }

    private void Skip()
    {
        while (_at < _text.Length)
        {
            if (char.IsWhiteSpace(_text[_at]))
                _at++;
            else if (string.CompareOrdinal(_text, _at, "//", 0, 2) == 0)
                _at = _text.IndexOf('\n', _at) is >= 0 and var end ? end : _text.Length;
            else
                return;
        }
    }

    private CelToken Number(int start)
    {
        while (_at < _text.Length && (char.IsAsciiLetterOrDigit(_text[_at]) || (_text[_at] == '.' && _at + 1 < _text.Length && char.IsAsciiDigit(_text[_at + 1]))))
            _at++;
        var written = _text[start.._at];
        return long.TryParse(written, NumberStyles.None, CultureInfo.InvariantCulture, out _)
            ? new CelToken(CelTokenKind.Number, written, start)
            : throw CelException.NotHere($"the number {written}");
    }

    private string Quoted(bool raw)
    {
        var start = _at;
        var quote = _text[_at++];
        if (string.CompareOrdinal(_text, start, new string(quote, 3), 0, 3) == 0)
            throw CelException.NotHere($"a string in {new string(quote, 3)}");
        var said = new StringBuilder();
        while (_at < _text.Length && _text[_at] != quote)
        {
            var c = _text[_at++];
            if (c == '\n')
                break;
            if (c != '\\' || raw)
            {
                said.Append(c);
                continue;
            }

            if (_at == _text.Length)
                break;
            var escaped = _text[_at++];
            said.Append(escaped switch
            {
                '\\' or '"' or '\'' or '`' or '?' => escaped,
                'n' => '\n',
                't' => '\t',
                'r' => '\r',
                _ => throw CelException.NotHere($"the escape \\{escaped}"),
            });
        }

        if (_at >= _text.Length || _text[_at] != quote)
            throw CelException.Syntax("a string without its end", start);
        _at++;
        return said.ToString();
    }
}
