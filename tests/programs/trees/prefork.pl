# A prefork server: children accept on one inherited socket, end after some requests and are replaced;
# clients inside. Called with DIRECTORY GO PORT.
use strict;
use warnings;
use IO::Socket::INET;
use POSIX ':sys_wait_h';

my ($directory, $go, $port) = @ARGV;
mkdir $directory;
chdir $directory or die;
$| = 1;

my $listener = IO::Socket::INET->new(LocalAddr => '127.0.0.1', LocalPort => $port, Listen => 64, ReuseAddr => 1)
    or die "listen: $!";
my (%server, $stop);

sub start_server {
    my $pid = fork // die "fork: $!";
    if ($pid) { $server{$pid} = 1; return }
    $SIG{TERM} = 'DEFAULT';
    $SIG{CHLD} = 'DEFAULT';
    for (1 .. 40) {
        my $connection = $listener->accept or die "accept: $!";
        while (my $line = <$connection>) {
            chomp $line;
            select undef, undef, undef, 0.001;
            print $connection scalar(reverse $line), "\n";
        }
    }
    exit 0;
}

sub run_client {
    my $name = shift;
    for my $i (1 .. 40) {
        my $connection = IO::Socket::INET->new(PeerAddr => '127.0.0.1', PeerPort => $port) or die "connect: $!";
        for my $j (1 .. 5) {
            print $connection "$name $i $j\n";
            my $answer = <$connection> // '(end)';
            die "got $answer" unless $answer eq reverse("$name $i $j") . "\n";
        }
        close $connection;
    }
    exit 0;
}

start_server() for 1 .. 4;
do {
    my (%client, @status);
    for my $n (1 .. 3) {
        my $pid = fork // die "fork: $!";
        run_client("client $n") unless $pid;
        $client{$pid} = $n;
    }
    while (%client) {
        my $pid = waitpid -1, 0;
        my $status = $?;
        if (my $n = delete $client{$pid}) { $status[$n] = $status }
        elsif (delete $server{$pid}) { print "server $status\n" if $status; start_server() }
    }
    print "clients @status[1 .. 3]\n";
} until -e $go;
kill TERM => keys %server;
while ((my $pid = waitpid -1, 0) > 0) { print "ended by $?\n" if $server{$pid} and $? != 15 }
print "done\n";
