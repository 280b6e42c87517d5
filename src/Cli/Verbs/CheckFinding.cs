namespace Interpose.Cli.Verbs;

/// <summary>One thing that was looked at.</summary>
/// <param name="Subject">What it is.</param>
/// <param name="Verdict">Whether it is in the way.</param>
/// <param name="Detail">What was found.</param>
/// <param name="Remedy">What to do about it; "" where nothing is needed or possible.</param>
internal sealed record CheckFinding(string Subject, CheckVerdict Verdict, string Detail, string Remedy = "")
{
    public static CheckFinding Works(string subject, string detail) => new(subject, CheckVerdict.Works, detail);

    public static CheckFinding Limited(string subject, string detail, string remedy) =>
        new(subject, CheckVerdict.Limited, detail, remedy);

    public static CheckFinding Fails(string subject, string detail, string remedy) =>
        new(subject, CheckVerdict.Fails, detail, remedy);
}
