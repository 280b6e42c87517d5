using System.Diagnostics;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Interpose.Tests.Programs;

/// <summary>System.Diagnostics.Process: conversations with children, statuses, kills, many at once.</summary>
internal static class Program
{
    private static async Task Main(string[] arguments)
    {
        Directory.CreateDirectory(arguments[0]);
        do
        {
            Task<string> talk = ConverseAsync(150);
            int[] statuses = await Task.WhenAll(Enumerable.Range(0, 20).Select(StatusAsync));
            Console.WriteLine($"statuses {statuses.Sum()} killed {await KilledAsync()}");
            Console.WriteLine($"tr {await talk}");
        }
        while (!File.Exists(arguments[1]));
        Console.WriteLine("done");
    }

    private static Process Start(string program, params string[] arguments) => Process.Start(
        new ProcessStartInfo(program, arguments) { RedirectStandardInput = true, RedirectStandardOutput = true })!;

    private static async Task<string> ConverseAsync(int lines)
    {
        using Process child = Start("tr", "a-z", "A-Z");
        Task<string> text = child.StandardOutput.ReadToEndAsync();
        for (int i = 0; i < lines; i++)
        {
            await child.StandardInput.WriteLineAsync(string.Create(CultureInfo.InvariantCulture, $"line {i}"));
            await child.StandardInput.FlushAsync();
            await Task.Delay(3);
        }

        child.StandardInput.Close();
        string digest = Convert.ToHexString(SHA256.HashData(Encoding.ASCII.GetBytes(await text)))[..8];
        await child.WaitForExitAsync();
        return $"{child.ExitCode} {digest}";
    }

    private static async Task<int> StatusAsync(int wanted)
    {
        using Process child = Start("sh", "-c", string.Create(CultureInfo.InvariantCulture, $"sleep 0.1; exit {wanted}"));
        await child.WaitForExitAsync();
        return child.ExitCode;
    }

    private static async Task<int> KilledAsync()
    {
        using Process child = Start("sleep", "100");
        await Task.Delay(100);
        child.Kill();
        await child.WaitForExitAsync();
        return child.ExitCode;
    }
}
