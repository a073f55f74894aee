# Plays Postfix for one message, and reports its end only after the relay has been asked to stop.
use strict;
use warnings;
use IO::Socket::UNIX;

my ($path) = @ARGV;
my $socket = IO::Socket::UNIX->new(Peer => $path) or die "cannot connect to $path: $!";

sub send_packet { my ($body) = @_; print $socket pack('N', length $body) . $body; $socket->flush; }

sub receive_packet {
  read($socket, my $length, 4) == 4 or die "the relay ended the connection";
  read($socket, my $body, unpack('N', $length));
  return $body;
}

sub ask { send_packet(@_); return receive_packet(); }

ask('O' . pack('NNN', 6, 0x1ff, 0));
ask("Clocalhost\0" . '4' . pack('n', 40000) . "127.0.0.1\0");
ask("Hlocalhost\0");
ask("M<ada\@example.com>\0");
ask("R<zoe\@example.net>\0");
ask('T');
ask("LFrom\0 ada\@example.com\0");
print "in flight\n";
STDOUT->flush;
# The relay closes its listener first, so that nobody can connect any more.
sleep 1 while IO::Socket::UNIX->new(Peer => $path) && -e $path;
ask('N');
ask("BAt noon?\r\n");
send_packet('E');
while (1) {
  my $letter = substr(receive_packet(), 0, 1);
  print "answer $letter\n";
  last if $letter =~ /[acrtdy]/;
}
